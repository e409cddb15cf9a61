// The daemon's health against what the doctor sees with its own eyes.
import { isPass } from '../../core/outcome.ts'
import {
  type EndpointStatus,
  hasCause,
  type StatusDocument,
} from '../../documents/status-document.ts'
import { requiredFact, told } from '../bind/asking.ts'
import { holdfastCheck } from '../categories.ts'
import { type Finding, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { isBalancer } from '../facts/loaded-config.ts'
import type { Process } from '../facts/proc.ts'
import { lookAtStatus, speakingDaemonFact } from '../facts/running-daemon.ts'
import type { Host } from '../host.ts'

/** The longest backoff by default, and a check cycle. */
const NEXT_CYCLE_MS = 9000
const LOOK_EVERY_MS = 200
const MAX_LINES = 6

export const HEALTH = holdfastCheck({
  code: 'H143',
  title: 'Daemon and doctor agree about local DNS',
  severity: 'fail',
  takesSeconds: true,
  needs: { daemon: speakingDaemonFact },
  async judge({ daemon: { status, process } }, host) {
    if (status.health !== 'failed') return ok(healthText(status))
    if (await isBalancer(host)) return skip(`too few real servers: ${status.reasons.join('; ')}`)
    const failing = failingIn(status)
    const isBlind = status.endpoints.length === 0 && hasCause(status, 'no-endpoints')
    if (failing.length === 0 && !isBlind)
      return skip(`the daemon is starting or changing state: ${status.reasons.join('; ')}`)
    const asked = await requiredFact(host)
    if (isSkip(asked)) return asked
    const bad = asked.filter(({ ruling }) => ruling !== 'ok')
    if (bad[0] !== undefined) return skip(`the doctor sees the failure too: ${told(bad[0])}`)
    const names = new Set(
      asked.map((query) => `${query.endpoint.transport}/${query.endpoint.address}`),
    )
    if (names.size === 0 || failing.some((endpointStatus) => !names.has(nameOf(endpointStatus))))
      return skip('no server listens at the failing endpoint: see the bind checks')
    const after = isBlind ? status : await afterNextCycle(host, status)
    const still = failingIn(after)
    if (!isBlind && still.length === 0) return skip('the server is recovering')
    return contradiction(host, after, still, process)
  },
})

/** The health and its reasons, for a line of what was seen. */
export function healthText({ health, reasons, flap }: StatusDocument): string {
  if (health !== 'healthy') return `${health}: ${reasons.join('; ')}`
  return flap.probation_ms > 0 ? 'healthy, on probation' : health
}

function failingIn({ endpoints }: StatusDocument): readonly EndpointStatus[] {
  return endpoints.filter(
    ({ outcome, ignored }) => outcome !== null && !isPass(outcome) && !ignored,
  )
}

/** "udp/192.0.2.53", whatever follows it. */
function nameOf({ endpoint }: EndpointStatus): string {
  return endpoint.split(' ', 1)[0] ?? ''
}

/** The status once another cycle has ended, or the last one that was seen. */
async function afterNextCycle(host: Host, before: StatusDocument): Promise<StatusDocument> {
  const { clock } = host.inspect
  const endMs = clock.nowMs() + NEXT_CYCLE_MS
  let last = before
  while (clock.nowMs() < endMs && last.flap.cycles <= before.flap.cycles + 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    const reading = await lookAtStatus(host)
    if (reading.kind === 'fresh') last = reading.document
    if (failingIn(last).length === 0) break
  }
  return last
}

function contradiction(
  host: Host,
  { health_since, reasons }: StatusDocument,
  still: readonly EndpointStatus[],
  process: Process | null,
): Finding {
  return trouble(
    `Daemon reports failed since ${health_since}, but the doctor gets good responses`,
    [
      ...(still.length === 0 ? reasons : []),
      ...still
        .slice(0, MAX_LINES)
        .map(
          (endpointStatus) => `the daemon: ${endpointStatus.endpoint}: ${endpointStatus.outcome}`,
        ),
      ...(process === null ? [] : namespaceOf(host, process.pid)),
    ],
    [
      'holdfast status',
      ...(process === null
        ? []
        : [`nsenter -t ${process.pid} -n ip address`, `cat /proc/${process.pid}/limits`]),
      'systemctl cat holdfast',
      'nft list ruleset',
    ],
  )
}

function namespaceOf(host: Host, pid: number): readonly string[] {
  const its = host.inspect.link(`/proc/${pid}/ns/net`)
  const ours = host.inspect.link('/proc/self/ns/net')
  if (!its.ok || !ours.ok || its.value === ours.value) return []
  return [`the daemon is in another network namespace: ${its.value}, not ${ours.value}`]
}
