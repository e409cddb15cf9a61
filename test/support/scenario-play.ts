// Plays a scenario of a scenario file and prints what happened, line by line.
import type { LogEvent } from '../../src/core/effect.ts'
import { createRandom } from '../../src/simulate/random.ts'
import type { VrrpPriority } from '../../src/simulate/vrrp.ts'
import { createWorld, type World, type WorldEvent } from '../../src/simulate/world.ts'
import { logLine } from '../../src/view/log-line.ts'
import { faultText } from './fault-text.ts'
import type { TextScenario, Topic } from './scenario-language.ts'

/** An address that leaves one server and comes to the next within this time has only moved. */
const HANDOVER_MS = 5

/** What each kind of entry is about; entries that are not here are never printed. */
const TOPIC_OF: Partial<Record<LogEvent['kind'], Topic>> = {
  health: 'health',
  priority: 'priorities',
  'cycle-failed': 'backoff',
  rising: 'cycles',
  probation: 'probation',
  'address-added': 'addresses',
  'address-removed': 'addresses',
  'endpoint-failed': 'endpoints',
  'endpoint-recovered': 'endpoints',
  suspected: 'endpoints',
  cleared: 'endpoints',
  upstream: 'health',
  override: 'health',
}

export function playScenario(scenario: TextScenario): string {
  const lines: string[] = []
  const report = (topic: Topic, atMs: number, who: string, what: string) => {
    if (atMs < scenario.fromMs || !scenario.topics.has(topic)) return
    lines.push(`${clock(atMs)}  ${who.padEnd(8)}  ${what}`)
  }
  const elected = new Map<string, VrrpPriority>()
  const moves = createMoves((atMs, instance, what) => report('moves', atMs, instance, what))
  const world = createWorld({
    config: scenario.config,
    policy: scenario.policy({
      observe(server, _event, { effects }, nowMs) {
        for (const effect of effects) {
          if (effect.kind !== 'log') continue
          const topic = TOPIC_OF[effect.entry.kind]
          if (topic === undefined) continue
          moves.passTo(nowMs)
          report(topic, nowMs, `s${server + 1}`, logLine(effect.entry).text)
        }
      },
    }),
    servers: scenario.servers,
    faults: scenario.faults,
    random: createRandom(scenario.seed),
    endMs: scenario.runMs,
    fromMs: scenario.fromMs,
    vrrp: scenario.vrrp,
    onEvent(event) {
      moves.passTo(event.atMs)
      if (event.kind === 'fault')
        report('faults', event.atMs, '', `${event.ends ? 'end of ' : ''}${faultText(event.fault)}`)
      else if (event.kind === 'holder') moves.take(event)
      else if (elected.get(`${event.server} ${event.instance}`) !== event.priority) {
        elected.set(`${event.server} ${event.instance}`, event.priority)
        const worth = event.priority === 'fault' ? 'FAULT' : event.priority
        report(
          'elections',
          event.atMs,
          event.server,
          `keepalived has ${worth} for ${event.instance}`,
        )
      }
    },
  })
  world.run(scenario.runMs)
  moves.passTo(Number.POSITIVE_INFINITY)
  if (scenario.topics.has('summary')) lines.push(...summary(scenario, world, moves.timesMs))
  return lines.join('\n')
}

/** Who holds what, reported once a handover is over. */
function createMoves(report: (atMs: number, instance: string, what: string) => void) {
  const holders = new Map<string, Set<string>>()
  const pending = new Map<string, number>()
  const lastAlone = new Map<string, string>()
  const timesMs: number[] = []
  return {
    /** When an address had come to be alone on another server than before. */
    timesMs,
    take({ instance, server, holds, atMs }: Extract<WorldEvent, { kind: 'holder' }>): void {
      const of = holders.get(instance) ?? new Set<string>()
      holders.set(instance, of)
      if (holds) of.add(server)
      else of.delete(server)
      if (!pending.has(instance)) pending.set(instance, atMs)
    },
    /** Tells what is older than a handover takes. */
    passTo(nowMs: number): void {
      for (const [instance, atMs] of pending) {
        if (nowMs - atMs <= HANDOVER_MS) continue
        pending.delete(instance)
        const of = [...(holders.get(instance) ?? [])].sort()
        report(atMs, instance, `is on ${of.join(' and ') || 'no server'}`)
        const [only, ...others] = of
        if (only === undefined || others.length > 0 || lastAlone.get(instance) === only) continue
        if (lastAlone.has(instance)) timesMs.push(atMs)
        lastAlone.set(instance, only)
      }
    },
  }
}

function summary(scenario: TextScenario, world: World, movesMs: readonly number[]): string[] {
  const measures = world.measures()
  const counted = movesMs.filter((atMs) => atMs >= scenario.fromMs)
  const borders = [scenario.fromMs, ...counted, scenario.runMs]
  const calmMs = Math.max(...borders.slice(1).map((atMs, index) => atMs - (borders[index] ?? 0)))
  const seconds = (share: number) => `${(share * (scenario.runMs - scenario.fromMs)) / 1000}`
  const span = calm(scenario.runMs - scenario.fromMs)
  return [
    `in ${span}: ${counted.length} moves; the longest time without one is ${calm(calmMs)}`,
    `on a server that loses half its queries, while a good one is there: ${share(measures.badShare)} of the time`,
    `on no server: ${Number(seconds(measures.noHolderShare)).toFixed(1)} s; queries lost: ${share(measures.lostShare)}`,
  ]
}

function share(value: number): string {
  return `${(value * 100).toFixed(2)} %`
}

function calm(ms: number): string {
  if (ms >= 3_600_000) return `${(ms / 3_600_000).toFixed(1)} h`
  return ms >= 60_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 1000).toFixed(1)} s`
}

/** Minutes and seconds, with hours where there are any: "0:10.061", "2:03:10.061". */
function clock(ms: number): string {
  const whole = Math.floor(ms / 60_000)
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0')
  const hours = Math.floor(whole / 60)
  const minutes = hours > 0 ? `${hours}:${String(whole % 60).padStart(2, '0')}` : `${whole}`
  return `${minutes}:${seconds}`.padStart(10)
}
