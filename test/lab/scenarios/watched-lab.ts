// What the scenarios look at on a server: its daemon's words and its status file.
import type { LabServer } from '../server.ts'

const POLL_MS = 100
const CEILING_MS = 30_000

/** Everything that the daemon said in its current life. */
export function serverLog(server: LabServer): string {
  return server.daemon.log.lines.map((line) => line.text).join('\n')
}

/** Waits until the daemon has had a good answer, past the grace time, from all these addresses. */
export async function untilEndpoints(
  server: LabServer,
  addresses: readonly string[],
): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (Date.now() < deadlineMs) {
    const answered = answeredEndpoints(server)
    if (addresses.every((address) => answered.has(`udp/${address}`))) return
    await Bun.sleep(POLL_MS)
  }
  throw new Error(`${server.name} never probed ${addresses.join(' ')}\n${serverLog(server)}`)
}

function answeredEndpoints(server: LabServer): Set<string> {
  const status = server.status() as { endpoints?: { endpoint: string; outcome: string }[] }
  const good = (status.endpoints ?? []).filter((endpoint) => endpoint.outcome === 'ok')
  return new Set(good.map((entry) => entry.endpoint))
}

export interface Sampler {
  /** Every priority that was seen, in the order of its first appearance. */
  stop(): (number | null)[]
}

/** Looks at what a server publishes, often enough to see each value that lasts. */
export function samplePriorities(server: LabServer, instance: string): Sampler {
  const seen = new Set<number | null>()
  const timer = setInterval(() => seen.add(server.priority(instance)), 10)
  return {
    stop() {
      clearInterval(timer)
      return [...seen]
    },
  }
}

/** Waits until a server publishes this effective priority. */
export async function untilPriority(
  server: LabServer,
  instance: string,
  priority: number,
): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (Date.now() < deadlineMs) {
    if (server.priority(instance) === priority) return
    await Bun.sleep(POLL_MS)
  }
  const last = server.priority(instance)
  throw new Error(`${server.name} publishes ${last}, not ${priority}\n${serverLog(server)}`)
}
