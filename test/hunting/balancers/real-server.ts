// A real server as balancers see it: its BIND, and which transports still reach it.
import type { Transport } from '../../../src/dns/probe.ts'
import { createBind, type Reply } from '../../../src/simulate/bind.ts'
import type { Random } from '../../../src/simulate/random.ts'
import { type FaultTarget, newFaultTarget } from '../../../src/simulate/server-faults.ts'

export interface SimulatedServer extends FaultTarget {
  readonly index: number
  /** Until when nothing is answered over a transport. */
  readonly silentUntilMs: Record<Transport, number>
  /** Until when the virtual addresses are missing there. */
  strayUntilMs: number
  drainedUntilMs: number
  ask(question: ServerQuestion, nowMs: number): Reply
  /** Some of what it is asked now would not be answered; `virtual` for what is sent to virtual addresses. */
  isFailing(nowMs: number, virtual: boolean): boolean
}

export interface ServerQuestion {
  readonly address: string
  readonly transport: Transport
  /** Its name where it lies upstream, or null. */
  readonly upstream: string | null
  readonly timeoutMs: number
}

/** @param addresses its own, and the virtual ones that it has on loopback */
export function createServer(
  name: string,
  index: number,
  addresses: { readonly own: readonly string[]; readonly virtual: readonly string[] },
  random: Random,
): SimulatedServer {
  const bind = createBind(random.fork(`bind ${name}`))
  const never = Number.NEGATIVE_INFINITY
  for (const address of [...addresses.own, ...addresses.virtual]) bind.addressCame(address, never)
  const silentUntilMs: Record<Transport, number> = { udp: never, tcp: never }
  const server: SimulatedServer = {
    ...newFaultTarget(name, bind),
    index,
    silentUntilMs,
    drainedUntilMs: never,
    strayUntilMs: never,
    ask({ address, transport, upstream, timeoutMs }, nowMs) {
      const isStray = server.strayUntilMs > nowMs && addresses.virtual.includes(address)
      if (isStray || silentUntilMs[transport] > nowMs)
        return { outcome: 'timeout', latencyMs: timeoutMs }
      return bind.ask(address, transport, upstream, timeoutMs, nowMs)
    },
    isFailing(nowMs, virtual) {
      const { alive, frozenUntilMs } = bind.condition
      if (!alive || (virtual && server.strayUntilMs > nowMs)) return true
      return Math.max(frozenUntilMs, silentUntilMs.udp, silentUntilMs.tcp) > nowMs
    },
  }
  return server
}
