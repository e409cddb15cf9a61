// A real server as balancers see it: its BIND, and which transports still reach it.
import type { Transport } from '../../dns/probe.ts'
import { createBind, type Reply } from '../bind.ts'
import type { Random } from '../random.ts'
import { newVictim, type Victim } from '../server-faults.ts'

export interface SimulatedServer extends Victim {
  readonly index: number
  /** Until when nothing is answered over a transport. */
  readonly silentUntilMs: Record<Transport, number>
  drainedUntilMs: number
  ask(question: ServerQuestion, nowMs: number): Reply
  /** Not even one of its transports or addresses would answer a query that is asked now. */
  isFailing(nowMs: number): boolean
}

export interface ServerQuestion {
  readonly address: string
  readonly transport: Transport
  readonly upstream: boolean
  readonly timeoutMs: number
}

export function createServer(
  name: string,
  index: number,
  addresses: readonly string[],
  random: Random,
): SimulatedServer {
  const bind = createBind(random.fork(`bind ${name}`))
  for (const address of addresses) bind.addressCame(address, Number.NEGATIVE_INFINITY)
  const never = Number.NEGATIVE_INFINITY
  const silentUntilMs: Record<Transport, number> = { udp: never, tcp: never }
  return {
    ...newVictim(name, bind),
    index,
    silentUntilMs,
    drainedUntilMs: never,
    ask({ address, transport, upstream, timeoutMs }, nowMs) {
      if (silentUntilMs[transport] > nowMs) return { outcome: 'timeout', latencyMs: timeoutMs }
      return bind.ask(address, transport, upstream, timeoutMs, nowMs)
    },
    isFailing(nowMs) {
      const { alive, frozenUntilMs } = bind.condition
      return !alive || Math.max(frozenUntilMs, silentUntilMs.udp, silentUntilMs.tcp) > nowMs
    },
  }
}
