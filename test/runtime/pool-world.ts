// A balancer's runtime alone, on a virtual clock: real servers that answer or not, and files that are a map.
import type { BalancedService } from '../../src/config/balancer-table.ts'
import type { Override } from '../../src/core/override.ts'
import type { Clock, ProberQuery, Result } from '../../src/ports.ts'
import { type Balancer, createBalancer } from '../../src/runtime/balancer.ts'
import { createAgenda } from '../../src/simulate/agenda.ts'
import { madeBalancer, madeService } from '../balancer/made-balancer.ts'
import { testConfig } from '../core/config.ts'
import { orderTo } from '../support/order-to.ts'

const DONE: Result<void> = { ok: true, value: undefined }
/** Promises that hang on each other when an answer comes in; more than there are. */
const MAX_CHAIN = 20
const LATENCY_MS = 1

export function poolConfig(servers: readonly string[], service: Partial<BalancedService> = {}) {
  const made = servers.map((name) => ({
    name,
    addresses: [{ family: 4 as const, address: addressOf(name) }],
    weight: 100,
  }))
  const services = [madeService({ name: 'dns', servers: made, ...service })]
  const balancer = madeBalancer(services, { slowStartMs: 3000 })
  return { ...testConfig(), balancer }
}

/** "ns1" is at 192.0.2.11. */
function addressOf(server: string): string {
  return `192.0.2.1${server.slice(2)}`
}

export interface PoolWorld {
  readonly balancer: Balancer
  /** What the files hold; one that is not there is missing. */
  readonly files: Map<string, number>
  /** Each file that was written, in order: "dns.ns1=100". */
  readonly written: string[]
  readonly logged: string[]
  /** These do not answer from now on, and all others do. */
  dead(...servers: readonly string[]): void
  order(backend: string, mode: 'drained' | null): void
  /** Whether a file of an order can be opened from now on. */
  opensOrders(can: boolean): void
  run(forMs: number): Promise<void>
  /** This process is stopped, and wakes late for all that is due. */
  stopped(forMs: number): void
  /** The host is suspended: the clock of the boot alone goes on. */
  suspended(forMs: number): void
}

/** Starts the balancer; files may be there of an earlier daemon. */
export function createPoolWorld(
  config: ReturnType<typeof poolConfig>,
  files = new Map<string, number>(),
): PoolWorld {
  const agenda = createAgenda()
  const written: string[] = []
  const logged: string[] = []
  const orders = new Map<string, Override>()
  let nowMs = 0
  let suspendedMs = 0
  let deadAddresses: readonly string[] = []
  let onOrders = () => {}
  let canOpen = true

  const clock: Clock = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    bootMs: () => nowMs + suspendedMs,
    bootId: 'boot',
    wakeAt(atMs, wake) {
      let isWanted = true
      agenda.add(Math.max(nowMs, atMs), () => {
        if (isWanted) wake()
      })
      return () => {
        isWanted = false
      }
    },
  }
  const ask = ({ endpoint }: ProberQuery) => {
    return new Promise<{ outcome: 'ok' | 'conn-refused'; latencyMs: number }>((resolve) =>
      agenda.add(nowMs + LATENCY_MS, () =>
        resolve({
          outcome: deadAddresses.includes(endpoint.address) ? 'conn-refused' : 'ok',
          latencyMs: LATENCY_MS,
        }),
      ),
    )
  }
  const balancer = createBalancer(config, config.balancer, {
    clock,
    log: { line: (level, text) => void logged.push(`${level}: ${text}`) },
    files: {
      read: () => ({ ok: true, value: '' }),
      watch(_, onChange) {
        onOrders = onChange
        return () => {}
      },
    },
    weights: {
      weight(backend, value) {
        files.set(backend, value)
        written.push(`${backend}=${value}`)
        return DONE
      },
      isPublished: (backend, value) => files.get(backend) === value,
      retain(backends) {
        for (const name of [...files.keys()]) if (!backends.includes(name)) files.delete(name)
        return DONE
      },
    },
    overrides: {
      pathOf: (backend) => backend,
      readerOf(backend) {
        let known: Override | null = orderTo('drained', { corrupt: 'nothing can be opened' })
        return () => {
          if (canOpen) known = orders.get(backend) ?? null
          return known
        }
      },
      async lift(backend) {
        orders.delete(backend)
        return DONE
      },
      askClock: () => Promise.resolve(true),
    },
    proberFor: () => ({ ask }),
  })
  balancer.start(() => {})

  return {
    balancer,
    files,
    written,
    logged,
    dead(...servers) {
      deadAddresses = servers.map(addressOf)
    },
    order(backend, mode) {
      if (mode === null) orders.delete(backend)
      else orders.set(backend, orderTo(mode))
      onOrders()
    },
    opensOrders(can) {
      canOpen = can
      onOrders()
    },
    async run(forMs) {
      const untilMs = nowMs + forMs
      while (agenda.nextMs() <= untilMs) {
        nowMs = Math.max(nowMs, agenda.nextMs())
        agenda.take()()
        for (let link = 0; link < MAX_CHAIN; link++) await null
      }
      nowMs = untilMs
    },
    stopped(forMs) {
      nowMs += forMs
    },
    suspended(forMs) {
      suspendedMs += forMs
    },
  }
}
