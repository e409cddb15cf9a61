// CPU of one round of 16 checks by the prober in a running process, beside 16 runs of dig.
import { createProber } from '../../../src/adapters/prober.ts'
import type { Endpoint } from '../../../src/core/check.ts'
import { type BenchContext, type Figure, ms } from '../figure.ts'
import { asLocal, raiseLoopback, startNamed } from '../host.ts'
import { insist, launch } from '../launch.ts'
import { EIGHT_ADDRESSES, QUESTION } from '../question.ts'
import { mean, median } from '../statistics.ts'

const GOAL_MS = 6
const WARM_UP_ROUNDS = 200
const ROUNDS_IN_A_ROW = 10
const PERIOD_MS = 1000

const PROBE = {
  question: QUESTION,
  expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
  timeoutMs: 500,
} as const

export async function measureRound(context: BenchContext): Promise<readonly Figure[]> {
  await raiseLoopback(EIGHT_ADDRESSES)
  const named = await startNamed(context)
  const prober = createProber({ clock: { nowMs: () => performance.now() } })
  const endpoints = asLocal(EIGHT_ADDRESSES).flatMap(({ address, family }): Endpoint[] => [
    { transport: 'udp', address, family },
    { transport: 'tcp', address, family },
  ])
  const ask = async (endpoint: Endpoint) => {
    const { outcome } = await prober.ask({ endpoint, ...PROBE })
    if (outcome !== 'ok') throw new Error(`${endpoint.transport}/${endpoint.address}: ${outcome}`)
  }
  const burst = () => Promise.all(endpoints.map(ask))
  const rounds = context.quick ? 5 : 30
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await burst()
  context.say(`round: ${rounds} rounds of 16 dig with ours between them, then one of ours a second`)
  const digMs: number[] = []
  const bursts: number[] = []
  for (let round = 0; round < rounds; round++) {
    digMs.push(await digRoundMs())
    bursts.push(await cpuMs(ROUNDS_IN_A_ROW, burst))
  }
  const restingMs = await cpuMs(rounds, async () => {
    await burst()
    await Bun.sleep(PERIOD_MS)
  })
  await named.stop()
  const referenceMs = median(digMs)
  return [
    figure('one after another', referenceMs, median(bursts), bursts.length * ROUNDS_IN_A_ROW),
    figure('one a second', referenceMs, restingMs, rounds),
  ]
}

/** The mean of several rounds, so that what the collector and the compiler do later counts too. */
async function cpuMs(rounds: number, round: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let done = 0; done < rounds; done++) await round()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / rounds
}

async function digRoundMs(): Promise<number> {
  const commands = EIGHT_ADDRESSES.flatMap((address) =>
    ['+notcp', '+tcp'].map((transport) => [
      ...['dig', transport, '+tries=1', '+time=1', '-b', address, `@${address}`],
      ...[QUESTION.name, QUESTION.type],
    ]),
  )
  const runs = await launch(1, commands)
  return mean(insist(runs.flat(), 0, 'dig').map((run) => run.cpuMs)) * commands.length
}

function figure(how: string, referenceMs: number, measuredMs: number, rounds: number): Figure {
  return {
    what: `CPU of a round of 16 checks, rounds ${how}`,
    reference: `16 runs of dig: ${ms(referenceMs)}`,
    goal: `≤ ${ms(GOAL_MS)}`,
    measured: ms(measuredMs),
    met: measuredMs <= GOAL_MS,
    data: { referenceMs, measuredMs, rounds },
  }
}
