// Measures the prober alone: time and CPU of sweeps against a server that is already running.
//
//   bun build/bench/sweep.ts [--port N] [--name NAME] [--in-flight N] [--addresses A,B] [COUNT…]
import { parseArgs } from 'node:util'
import { createProber } from '../../src/adapters/prober.ts'
import type { Target } from '../../src/core/target.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '53' },
    name: { type: 'string', default: '.' },
    type: { type: 'string', default: 'SOA' },
    addresses: { type: 'string', default: '127.0.0.1,::1' },
    'in-flight': { type: 'string', default: '256' },
  },
})
const prober = createProber({
  clock: { nowMs: () => performance.now() },
  port: Number(values.port),
})
const probe = {
  question: { name: values.name, type: values.type, class: 'IN' },
  expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
  timeoutMs: 2000,
} as const
const targets: Target[] = values.addresses.split(',').flatMap((address) =>
  (['udp', 'tcp'] as const).map((transport) => ({
    transport,
    address,
    family: address.includes(':') ? 6 : 4,
  })),
)

/** Asks `count` questions with a bound on those under way; counts what they came to. */
async function sweep(count: number): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {}
  let next = 0
  async function worker() {
    while (next < count) {
      const target = targets[next++ % targets.length]
      if (target === undefined) return
      const { outcome } = await prober.ask({ target, ...probe })
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  }
  const workers = Math.min(count, Number(values['in-flight']))
  await Promise.all(Array.from({ length: workers }, worker))
  return outcomes
}

const counts = positionals.length > 0 ? positionals.map(Number) : [16, 16, 16, 256, 2048]
for (const count of counts) {
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const outcomes = await sweep(count)
  const wallMs = performance.now() - startMs
  const used = process.cpuUsage(cpu)
  const cpuMs = (used.user + used.system) / 1000
  console.log(JSON.stringify({ count, wallMs, cpuMs, outcomes }))
}
