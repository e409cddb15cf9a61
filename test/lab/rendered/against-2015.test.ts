// Rendered configuration against the scripts of 2015: the same histories, and what each policy loses.
import { afterAll, describe, expect, test } from 'bun:test'
import { type ClientReport, lostOver } from '../client-report.ts'
import { whyNoLab } from '../environment.ts'
import { createLab, type Lab } from '../lab.ts'
import { type ClusterSpec, instanceSpec } from '../layout.ts'
import { record, type ScenarioResult } from '../results.ts'
import { resultOf } from '../scenario.ts'
import { installScripts, writePriorities } from '../scripts-2015.ts'
import { order, SERVERS, SERVERS_TOML } from './rendered-site.ts'

const TEST_CEILING_MS = 120_000
const RATE_PER_S = 100
const REST_MS = 1000
/** As long as in docs/contributing/benchmarks.md only where time is no matter. */
const isLong = process.env.HOLDFAST_LONG === '1'
const AWAY_MS = isLong ? 8000 : 4000
const FROZEN_MS = isLong ? 20_000 : 6000

/** The top of the list is live, the next one takes over. */
const CLUSTERS: readonly ClusterSpec[] = [
  { name: 'recdns', instances: [instanceSpec('recdns1', 54, 'forward')] },
]
const [LIVE, NEXT, THIRD] = SERVERS

interface Policy {
  readonly name: string
  readonly scripts: boolean
  readonly onLoopback: boolean
}

const SCRIPTS: Policy = { name: 'scripts of 2015', scripts: true, onLoopback: false }
const HOLDFAST: Policy = { name: 'holdfast', scripts: false, onLoopback: false }
const ON_LOOPBACK: Policy = { name: 'holdfast, loopback', scripts: false, onLoopback: true }

interface History {
  readonly fault: string
  readonly policies: readonly Policy[]
  /** As long for each policy, so that lost queries can be compared. */
  readonly lastsMs: number
  /** Who holds the addresses in the end. */
  readonly holder: string
  /** Nothing fails: for either policy it is a matter of milliseconds what the move costs. */
  readonly planned?: true
  play(lab: Lab, policy: Policy): Promise<void>
}

const HISTORIES: readonly History[] = [
  {
    fault: `named killed, started again after ${AWAY_MS / 1000} s`,
    policies: [SCRIPTS, HOLDFAST],
    lastsMs: AWAY_MS + 10_000,
    holder: LIVE,
    async play(lab) {
      const { named } = lab.server(LIVE)
      const again = Bun.sleep(AWAY_MS)
      await named.kill()
      await held(lab, NEXT)
      await again
      await named.start()
    },
  },
  {
    fault: `named frozen ${FROZEN_MS / 1000} s`,
    policies: [SCRIPTS, HOLDFAST],
    lastsMs: FROZEN_MS + 10_000,
    holder: LIVE,
    async play(lab) {
      const { named } = lab.server(LIVE)
      const thaw = Bun.sleep(FROZEN_MS)
      named.freeze()
      await held(lab, NEXT)
      await thaw
      named.cont()
    },
  },
  {
    fault: 'TCP socket lost on arrival',
    policies: [SCRIPTS, HOLDFAST],
    lastsMs: isLong ? 20_000 : 10_000,
    holder: NEXT,
    async play(lab, policy) {
      const next = lab.server(NEXT)
      const squatters = await Promise.all(
        lab.addresses.map((address) => next.stealTcpPort(address)),
      )
      const from = next.named.log.lines.length
      await lab.server(LIVE).named.kill()
      await held(lab, NEXT)
      // One line an address: named gets to the second one only after the first.
      const times = squatters.length
      await next.named.log.waitFor(/creating TCP socket: address in use/, { from, times })
      for (const squatter of squatters) await squatter.release()
      // The scripts see an answer over UDP on localhost, and leave it at that.
      if (!policy.scripts) await held(lab, THIRD)
    },
  },
  {
    fault: 'live server commented out in the order file',
    policies: [SCRIPTS, HOLDFAST, ON_LOOPBACK],
    lastsMs: isLong ? 10_000 : 5000,
    holder: NEXT,
    planned: true,
    async play(lab, policy) {
      const text = SERVERS.join('\n').replace(LIVE, `#${LIVE}`)
      if (policy.scripts) writePriorities(lab, 'recdns', `${text}\n`)
      else order(lab, 'recdns', `${text}\n`)
      await held(lab, NEXT)
    },
  },
]

function held(lab: Lab, server: string): Promise<void> {
  return lab.observer.waitFor(lab.addresses, [server])
}

async function raise(policy: Policy): Promise<Lab> {
  const lab = await createLab({
    servers: SERVERS,
    clusters: CLUSTERS,
    onLoopback: policy.onLoopback,
    // The scripts need no daemon; a server of holdfast's returns after a short probation as theirs do.
    ...(policy.scripts ? { holdfast: 'stand-in' } : {}),
    extraToml: `${SERVERS_TOML}\n[flap]\nfailback_delay = "3s"\n`,
  })
  if (policy.scripts) installScripts(lab)
  await lab.start()
  await lab.settled()
  return lab
}

async function measure(history: History, policy: Policy, lab: Lab): Promise<Row> {
  const startedMs = performance.now()
  const client = await lab.client.start({ ratePerS: RATE_PER_S })
  await Bun.sleep(REST_MS)
  await lab.settled()
  const fromMs = Date.now()
  const over = Bun.sleep(history.lastsMs)
  await history.play(lab, policy)
  await held(lab, history.holder)
  await over
  const report = await client.stop()
  const name = `${history.fault}: ${policy.name}`
  const result = resultOf({ name }, lab, report, fromMs, performance.now() - startedMs)
  record(result)
  return { history, policy, result, report }
}

interface Row {
  readonly history: History
  readonly policy: Policy
  readonly result: ScenarioResult
  readonly report: ClientReport
}

const rows: Row[] = []

function tableText(): string {
  const cells = ({ history, policy, result, report }: Row) => {
    const open = report.unservedAtEnd > 0 ? ', and no end' : ''
    const gap = `${(result.longestGapMs / 1000).toFixed(2)} s${open}`
    return `| ${[history.fault, policy.name, `${result.lost} of ${result.sent}`, gap].join(' | ')} |`
  }
  const heading = '| fault | policy | lost queries | longest gap |\n| --- | --- | --- | --- |'
  return [heading, ...rows.map(cells)].join('\n')
}

const obstacle = whyNoLab()
if (obstacle !== null) console.log(`skipped: against the scripts of 2015: ${obstacle}`)

describe.skipIf(obstacle !== null)('against the scripts of 2015', () => {
  for (const history of HISTORIES) {
    test(history.fault, () => compare(history), TEST_CEILING_MS)
  }

  afterAll(() => console.log(tableText()))
})

/** Plays the history under all its policies at the same time, so that they have the same machine. */
async function compare(history: History): Promise<void> {
  const labs: Lab[] = []
  try {
    const measured = await Promise.all(
      history.policies.map(async (policy) => {
        const lab = await raise(policy)
        labs.push(lab)
        return measure(history, policy, lab)
      }),
    )
    rows.push(...measured)
    const theirs = measured.find(({ policy }) => policy === SCRIPTS)
    for (const { policy, result, report } of measured) {
      expect(result.holder).toBe(history.holder)
      if (policy.scripts) continue
      expect(report.unservedAtEnd).toBe(0)
      if (history.planned !== true)
        expect(result.lost).toBeLessThanOrEqual(theirs?.result.lost ?? 0)
      if (policy.onLoopback) expect(lostOver('udp', report)).toBe(0)
    }
  } catch (error) {
    for (const lab of labs) console.error(lab.story())
    throw error
  } finally {
    await Promise.all(labs.map((lab) => lab.destroy()))
  }
}
