// Server-hours that a second of one core simulates: the daemon's core on a virtual clock, in a plain scenario.
import { parseConfig } from '../../../src/config/parse.ts'
import type { Scenario } from '../../../src/simulate/fault.ts'
import { runTask, type Task } from '../../../src/simulate/task.ts'
import { type BenchContext, type Figure, NO_REFERENCE } from '../figure.ts'
import { median } from '../statistics.ts'

const GOAL = 100
const SERVERS = 3
const HOURS = 30

/** Two instances, one each way: a server asks 127.0.0.1, its own address and what it holds. */
const CLUSTER = `
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53"]
[clusters.recdns.instances.recdns1]
addresses = ["192.0.2.54"]
reverse_order = true
`

/** Every server has both service addresses on its loopback interface, and asks them, too. */
const ON_LOOPBACK = `${CLUSTER}[addresses]\nservice_addresses_on_loopback = true\n`

/** What every network has: now and then a query is lost. */
const PLAIN: Scenario = {
  name: 'plain',
  summary: '1 % of queries are lost',
  steady: [{ servers: 'all', rate: 0.01, burstMs: null }],
  timed: [],
  random: [],
  quietFrom: 1,
}

export async function measureSimulation(context: BenchContext): Promise<readonly Figure[]> {
  const rounds = context.quick ? 2 : 7
  context.say(`simulate: ${rounds} times ${SERVERS * HOURS} server-hours, twice`)
  return [
    measured('the default config, over 5 queries a second', CLUSTER, rounds),
    measured('loopback service addresses, 8 queries a second', ON_LOOPBACK, rounds),
  ]
}

function measured(what: string, config: string, rounds: number): Figure {
  // The compiler needs a while to see what is done all the time.
  runTask(taskOf('warm-up', config))
  const rates: number[] = []
  for (let round = 0; round < rounds; round++)
    rates.push(serverHoursPerSecond(`round ${round}`, config))
  const rate = median(rates)
  return {
    what: `simulation: server-hours a second of processor time, ${what}`,
    reference: NO_REFERENCE,
    goal: `≥ ${GOAL}`,
    measured: rate.toFixed(0),
    met: rate >= GOAL,
    data: { rates, serverHours: SERVERS * HOURS },
  }
}

/** Processor time counts, threads of compiler and collector included, so that other work on the machine does not. */
function serverHoursPerSecond(seed: string, config: string): number {
  const before = process.cpuUsage()
  runTask(taskOf(seed, config))
  const { user, system } = process.cpuUsage(before)
  return (SERVERS * HOURS) / ((user + system) / 1e6)
}

function taskOf(seed: string, config: string): Task {
  const parsed = parseConfig(config, { file: 'plain.toml', hostname: 's1' })
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.text ?? 'the config has an error')
  return {
    policy: { kind: 'holdfast', name: 'holdfast' },
    config: parsed.value,
    scenario: PLAIN,
    servers: SERVERS,
    seed,
    endMs: HOURS * 3_600_000,
    fromMs: 0,
    vrrp: { version: 3, advertMs: 100 },
  }
}
