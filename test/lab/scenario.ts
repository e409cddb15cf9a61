// Runs one scenario as a test: a fresh lab at rest, a client at a steady rate, a fault, and what came of it.
import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientReport } from './client-report.ts'
import { whyNoLab } from './environment.ts'
import { createLab, type Lab, type LabOptions } from './lab.ts'
import { record, type ScenarioResult } from './results.ts'
import type { LabServer } from './server.ts'

export interface Scenario {
  /** What goes wrong, in a few words: the row's name. */
  readonly name: string
  /** In which modes it means anything. */
  readonly onLoopback: readonly boolean[]
  readonly options?: Omit<LabOptions, 'onLoopback'>
  /** Does the harm, and waits until the lab has come to rest. */
  readonly fault: (stage: Stage) => Promise<void>
  /** Who must hold every service address in the end. */
  readonly holder: string
  /** What else must be true of the figures. */
  readonly check?: (result: ScenarioResult, report: ClientReport) => void
}

export interface Stage {
  readonly lab: Lab
  readonly s1: LabServer
  readonly s2: LabServer
  readonly s3: LabServer
  /** Waits until this server alone holds all service addresses. */
  held(server: string): Promise<void>
}

export const BOTH = [false, true] as const
export const LOOPBACK_OFF = [false] as const

const SUITE = process.env.HOLDFAST_LAB_SUITE

/** The environment variable that names a folder for the logs of each scenario. */
const LOGS_VARIABLE = 'HOLDFAST_LAB_LOGS'
const TEST_CEILING_MS = 240_000
const HOLDER_CEILING_MS = 120_000
/** Before and after the fault, so that a report shows service as it is at rest. */
const REST_MS = 1000

/**
 * A server that failed gets its rank back only after a minute without fault. The scenarios that
 * wait for its return wait less; those that are about that minute say so in their options.
 */
const SHORT_PROBATION = '[flap]\nfailback_delay = "3s"\n'

const obstacle = whyNoLab()

/** Registers the scenario as one test for each of its modes. */
export function scenario(spec: Scenario): void {
  if (obstacle !== null) console.log(`skipped: ${spec.name}: ${obstacle}`)
  describe.skipIf(obstacle !== null)(spec.name, () => {
    for (const onLoopback of spec.onLoopback) {
      test(
        `loopback addresses ${onLoopback ? 'on' : 'off'}`,
        () => play(spec, onLoopback),
        TEST_CEILING_MS,
      )
    }
  })
}

async function play(spec: Scenario, onLoopback: boolean): Promise<void> {
  const startedMs = performance.now()
  const lab = await createLab({
    extraToml: SHORT_PROBATION,
    ...spec.options,
    onLoopback: onLoopback,
  })
  try {
    await lab.start()
    const client = await lab.client.start()
    await Bun.sleep(REST_MS)
    await lab.settled()
    const fromMs = Date.now()
    await spec.fault(stageOf(lab))
    await lab.observer.waitFor(lab.addresses, [spec.holder], HOLDER_CEILING_MS)
    await Bun.sleep(REST_MS)
    const report = await client.stop()
    const result = resultOf(spec, lab, report, fromMs, performance.now() - startedMs)
    record(result)
    expect(result.holder).toBe(spec.holder)
    expect(report.unservedAtEnd).toBe(0)
    spec.check?.(result, report)
  } catch (error) {
    console.error(lab.story())
    throw error
  } finally {
    keepStory(lab, `${spec.name} state ${onLoopback ? 'on' : 'off'}`)
    await lab.destroy()
  }
}

/** Every log of every program, for those who want to see how it came about. */
function keepStory(lab: Lab, name: string): void {
  const folder = process.env[LOGS_VARIABLE]
  if (folder === undefined || folder === '') return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name.replaceAll(' ', '-')}.log`), lab.story(Infinity))
}

function stageOf(lab: Lab): Stage {
  return {
    lab,
    s1: lab.server('s1'),
    s2: lab.server('s2'),
    s3: lab.server('s3'),
    held: (server) => lab.observer.waitFor(lab.addresses, [server], HOLDER_CEILING_MS),
  }
}

/** The row of a history that was played on this lab from `fromMs` until now. */
export function resultOf(
  spec: Pick<Scenario, 'name'>,
  lab: Lab,
  report: ClientReport,
  fromMs: number,
  tookMs: number,
): ScenarioResult {
  const toMs = Date.now()
  const holdings = lab.addresses.map((address) => lab.observer.measure(address, fromMs, toMs))
  const most = (pick: (holding: (typeof holdings)[number]) => number) =>
    Math.max(...holdings.map(pick))
  return {
    scenario: SUITE === undefined ? spec.name : `${spec.name} (${SUITE})`,
    onLoopback: lab.onLoopback,
    sent: report.sent,
    lost: report.lost,
    longestGapMs: report.longestGapMs,
    moves: most((holding) => holding.moves),
    noHolderMs: most((holding) => holding.noneMs),
    twoHoldersMs: most((holding) => holding.twoMs),
    holder: [...new Set(holdings.flatMap((holding) => holding.holders))].join('+') || 'nobody',
    lostBy: report.lostBy,
    byServer: report.byServer,
    stallMs: report.stallMs,
    tookMs,
  }
}
