// Plays one history on real keepalived and on the VRRP model: the moves must agree.
import { describe, expect, test } from 'bun:test'
import { appendFileSync } from 'node:fs'
import type { VrrpOptions } from '../../src/simulate/vrrp.ts'
import { whyNoLab } from './environment.ts'
import {
  type Action,
  type Comparison,
  compareStep,
  comparisonTable,
  type HistoryStep,
  SERVERS,
  type Turn,
} from './history.ts'
import { createLab, type Lab } from './lab.ts'
import { type DoneAction, playOnModel } from './model-player.ts'

const INSTANCE = 'recdns0'
const ADDRESS = '192.0.2.53'
const START = { s1: 250, s2: 200, s3: 150 }
const DEAD_MANS_SWITCH_PASSED = /VRRP_Script\(holdfast\) succeeded/

/** The model knows no more of an advert's phase than that it recurs; the rest is this machine. */
const TOLERANCE_ADVERTS = 1.5
const MACHINE_MS = 100

/** A file to which the table is added. */
const TABLE_VARIABLE = 'HOLDFAST_MODEL_TABLE'
const CEILING_MS = 280_000

export interface ModelTest {
  readonly vrrp: VrrpOptions
  readonly history: readonly HistoryStep[]
}

/** keepalived without named, and with a stand-in for the daemon: only VRRP is under test. */
async function raise({ version, advertMs }: VrrpOptions): Promise<Lab> {
  const extraToml = `[keepalived]
interface = "eth0"
vrrp_version = ${version}
advert_interval = "${advertMs}ms"
`
  const lab = await createLab({ servers: SERVERS, holdfast: 'stand-in', extraToml })
  await Promise.all(
    lab.servers.map(async (server, index) => {
      server.node.write('/run/holdfast/alive', '')
      server.publish(INSTANCE, Object.values(START)[index] ?? 1)
      await server.keepalived.start()
      await server.keepalived.log.waitFor(DEAD_MANS_SWITCH_PASSED)
    }),
  )
  await lab.observer.waitFor([ADDRESS], ['s1'])
  return lab
}

/** Does a action; returns the time at which it took effect, or the first moment when it surely had. */
async function carryOut(lab: Lab, action: Action): Promise<number> {
  switch (action.kind) {
    case 'publish':
      for (const [server, worth] of Object.entries(action.worth))
        lab.server(server).publish(INSTANCE, worth === 'fault' ? 0 : worth)
      return Date.now()
    case 'stop': {
      const atMs = Date.now()
      await lab.server(action.server).keepalived.stop()
      return atMs
    }
    case 'start': {
      const { keepalived } = lab.server(action.server)
      await keepalived.start()
      return (await keepalived.log.waitFor(DEAD_MANS_SWITCH_PASSED)).atMs
    }
    case 'cable':
      await (action.up ? lab.server(action.server).linkUp() : lab.server(action.server).linkDown())
      return Date.now()
    case 'cut':
      await lab.server(action.server).firewall(
        ['input', 'output']
          .map(
            (hook) => `chain ${hook} {
  type filter hook ${hook} priority 0
  meta l4proto 112 drop
}`,
          )
          .join('\n'),
      )
      return Date.now()
    case 'heal':
      await lab.server(action.server).clearFirewall()
      return Date.now()
    default:
      return action satisfies never
  }
}

async function playForReal(lab: Lab, { vrrp, history }: ModelTest): Promise<DoneAction[]> {
  // Longer than any timer and an advert; irregular, so that adverts are at any phase.
  const restMs = (index: number) => 700 + (5 + (index % 5) * 0.23) * vrrp.advertMs
  const done: DoneAction[] = []
  await Bun.sleep(restMs(0))
  for (const [index, { action }] of history.entries()) {
    const begunMs = Date.now()
    done.push({ action, begunMs, atMs: await carryOut(lab, action) })
    await Bun.sleep(restMs(index))
  }
  return done
}

function turnsSeen(lab: Lab, done: readonly DoneAction[]): Turn[][] {
  return done.map(({ begunMs, atMs }, index) => {
    const untilMs = done[index + 1]?.begunMs ?? Number.POSITIVE_INFINITY
    return lab.observer.changes
      .filter(
        (change) => change.address === ADDRESS && change.atMs >= begunMs && change.atMs < untilMs,
      )
      .map(({ server, holds, atMs: changedMs }) => ({ server, holds, afterMs: changedMs - atMs }))
  })
}

async function compare(spec: ModelTest): Promise<Comparison[]> {
  const lab = await raise(spec.vrrp)
  try {
    const heldSinceMs = lab.observer.changes.findLast((change) => change.holds)?.atMs ?? Number.NaN
    const done = await playForReal(lab, spec)
    const real = turnsSeen(lab, done)
    const model = playOnModel(spec.vrrp, START, heldSinceMs, done)
    return spec.history.map(({ name }, index) =>
      compareStep(name, real[index] ?? [], model[index] ?? []),
    )
  } finally {
    await lab.destroy()
  }
}

function note(title: string, table: string): void {
  console.log(`${title}\n${table}`)
  const path = process.env[TABLE_VARIABLE]
  if (path !== undefined && path !== '') appendFileSync(path, `${title}\n\n${table}\n\n`)
}

/** Registers the comparison as a test. */
export function modelTest(spec: ModelTest): void {
  const { version, advertMs } = spec.vrrp
  const title = `VRRPv${version}, an advert every ${advertMs / 1000} s`
  const toleranceMs = TOLERANCE_ADVERTS * advertMs + MACHINE_MS
  const isStrange = ({ differenceMs }: Comparison) =>
    differenceMs === null || differenceMs > toleranceMs

  describe.skipIf(whyNoLab() !== null)('the model moves addresses as keepalived does', () => {
    const run = async () => {
      const comparisons = await compare(spec)
      note(title, comparisonTable(comparisons))
      expect(comparisonTable(comparisons.filter(isStrange))).toBe(comparisonTable([]))
    }
    test(title, run, CEILING_MS)
  })
}
