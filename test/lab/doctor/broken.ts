// Breaks one thing on a server of a lab, and expects the doctor to name exactly that.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CHECKS } from '../../../src/doctor/checks.ts'
import type { Category } from '../../../src/doctor/doctor-check.ts'
import { styleFlaws } from '../../doctor/style.ts'
import { whyNoLab } from '../environment.ts'
import { createLab, type Lab, type LabOptions } from '../lab.ts'
import type { LabServer } from '../server.ts'
import { type Diagnosis, diagnose, resultOf } from './diagnose.ts'

/** What can be asked what is wrong: a server of the lab, a booted machine. */
export type Patient = Parameters<typeof diagnose>[0]

export interface Break<P extends Patient = LabServer, A = Lab> {
  /** The code, and what is broken: "H101: the configuration is gone". */
  readonly name: string
  /** The server that is asked what is wrong; s1 when it does not say. */
  readonly at?: string
  readonly break: (server: P, around: A) => Promise<unknown> | unknown
  /** Puts things back; the server must be sound again within a few seconds. */
  readonly mend: (server: P, around: A) => Promise<unknown> | unknown
  /** What the finding must say somewhere. */
  readonly says: readonly string[]
  /**
   * Its remedy is typed, all of it or the commands that match: the finding must go, and no failure be
   * left. What `mend` does then is to put back what the test itself has changed.
   */
  readonly typed?: true | RegExp
  /** Only the category of the code is looked at: what is broken does harm to others as well, for a while. */
  readonly alone?: true
}

export interface Ward<P extends Patient = LabServer, A = Lab> {
  /** One test: the server has this code and no other, and is sound again when it is mended. */
  breaks(fault: Break<P, A>): void
  server(): P
  lab(): A
}

/** What the servers of a ward are part of. */
export interface Around<P> {
  server(name: string): P
  destroy(): Promise<void>
}

const CEILING_MS = 240_000
const SOUND_AGAIN_MS = 90_000

/** A lab of one server for the tests of a file. `prepare` runs before anything is started. */
export function ward(
  options: LabOptions = {},
  prepare: (server: LabServer, lab: Lab) => unknown = () => undefined,
): Ward {
  return wardOf<LabServer, Lab>(whyNoLab(), async () => {
    const lab = await createLab({ servers: ['s1'], ...options })
    await prepare(lab.server('s1'), lab)
    await lab.start()
    return lab
  })
}

/**
 * Servers that are raised once for the tests of a file.
 *
 * All checks are asked while nothing is broken and for the first break of a file; after that those of
 * the categories that the file is about, since listening to the wire takes seconds each time.
 *
 * @param obstacle why they cannot be raised here, or null
 * @param flags for the doctor, such as `--only` and a category where a whole run takes too long
 */
export function wardOf<P extends Patient, A extends Around<P>>(
  obstacle: string | null,
  raise: () => Promise<A>,
  flags: readonly string[] = [],
): Ward<P, A> {
  const inWard = test.skipIf(obstacle !== null)
  const categories = new Set<Category>()
  let around: A
  let isFirst = true
  const server = () => around.server('s1')

  beforeAll(async () => {
    if (obstacle === null) around = await raise()
  }, CEILING_MS)

  afterAll(() => around?.destroy())

  inWard('a sound server has nothing', () => untilSound(server(), flags), CEILING_MS)

  return {
    server,
    lab: () => around,
    breaks(fault) {
      const [code = ''] = fault.name.split(':')
      categories.add(categoryOf(code))
      const run = async () => {
        const server = around.server(fault.at ?? 's1')
        const own = ['--only', ...(fault.alone === true ? [categoryOf(code)] : categories)]
        await fault.break(server, around)
        try {
          const diagnosis = await diagnose(
            server,
            ...(isFirst && fault.alone !== true ? flags : own),
          )
          isFirst = false
          expect(unsound(diagnosis)).toEqual([code])
          const { outcome } = resultOf(diagnosis, code)
          if (outcome.kind === 'fail' || outcome.kind === 'warn')
            expect(styleFlaws(outcome)).toEqual([])
          const said = JSON.stringify(outcome)
          for (const words of fault.says) expect(said).toContain(words)
          if (fault.typed !== undefined) {
            await type(server, commandsIn(diagnosis, code, fault.typed))
            await untilMended(server, code, own)
          }
        } finally {
          await fault.mend(server, around)
        }
        await untilSound(server, own)
      }
      inWard(fault.name, run, CEILING_MS)
    },
  }
}

/** The commands of a remedy: its comments are for people. */
function commandsIn(diagnosis: Diagnosis, code: string, wanted: true | RegExp): readonly string[] {
  const { outcome } = resultOf(diagnosis, code)
  const remedy = outcome.kind === 'fail' || outcome.kind === 'warn' ? outcome.remedy : []
  const commands = remedy.filter((line) => !line.startsWith('#'))
  const typed = wanted === true ? commands : commands.filter((line) => wanted.test(line))
  expect(typed).not.toEqual([])
  return typed
}

/** Those that only show something may end as they like: what counts is the server afterwards. */
async function type({ node }: Patient, commands: readonly string[]): Promise<void> {
  for (const command of commands) await node.exec(['sh', '-c', command])
}

function categoryOf(code: string): Category {
  const check = CHECKS.find((candidate) => candidate.code === code)
  if (check === undefined) throw new Error(`there is no check ${code}`)
  return check.category
}

/** What a failing test shows: each code with what it says. */
function unsound(diagnosis: Diagnosis): readonly string[] {
  const { codes } = diagnosis
  if (codes.length > 1) {
    const told = codes.map((code) => JSON.stringify(resultOf(diagnosis, code).outcome))
    console.log(codes.map((code, index) => `${code}: ${told[index]}`).join('\n'))
  }
  return codes
}

/** A file that a test has edited may well be told of, once it does no harm. */
async function untilMended(server: Patient, code: string, flags: readonly string[]): Promise<void> {
  let left: readonly string[] = []
  await until(async () => {
    const { results } = await diagnose(server, ...flags)
    const bad = results.filter(
      (result) => /^(fail|crash)$/.test(result.outcome.kind) || result.code === code,
    )
    left = bad
      .filter((result) => !/^(ok|skip)$/.test(result.outcome.kind))
      .map((result) => result.code)
    return left.length === 0
  }).catch(() => expect(left).toEqual([]))
}

/** A daemon that was troubled takes a few seconds to be well, and keepalived after it. */
async function untilSound(server: Patient, flags: readonly string[]): Promise<void> {
  const endMs = performance.now() + SOUND_AGAIN_MS
  for (;;) {
    const diagnosis = await diagnose(server, ...flags)
    if (diagnosis.codes.length === 0) return
    if (performance.now() > endMs) expect(unsound(diagnosis)).toEqual([])
    await Bun.sleep(300)
  }
}

/** Waits for what a daemon or keepalived brings about. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + SOUND_AGAIN_MS
  while (!(await what())) {
    if (performance.now() > endMs) throw new Error(`it did not come to pass: ${what}`)
    await Bun.sleep(50)
  }
}
