// Breaks one thing on a server of a lab, and expects the doctor to name exactly that.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { createLab, type Lab, type LabOptions } from '../lab.ts'
import type { LabServer } from '../server.ts'
import { type Diagnosis, diagnose, resultOf } from './diagnose.ts'

export interface Break {
  /** The code, and what is broken: "H101: the configuration is gone". */
  readonly name: string
  /** The server that is asked what is wrong; s1 when it does not say. */
  readonly at?: string
  readonly break: (server: LabServer, lab: Lab) => Promise<unknown> | unknown
  /** Puts things back; the server must be sound again within a few seconds. */
  readonly mend: (server: LabServer, lab: Lab) => Promise<unknown> | unknown
  /** What the finding must say somewhere. */
  readonly says: readonly string[]
}

export interface Ward {
  /** One test: the server is sound before, has this code and no other, and is sound again. */
  breaks(it: Break): void
  server(): LabServer
}

const CEILING_MS = 120_000
const SOUND_AGAIN_MS = 40_000

/** A lab of one server for the tests of a file. `prepare` runs before anything is started. */
export function ward(
  options: LabOptions = {},
  prepare = (_: LabServer): unknown => undefined,
): Ward {
  const inLab = test.skipIf(whyNoLab() !== null)
  let lab: Lab
  const server = () => lab.server('s1')

  beforeAll(async () => {
    if (whyNoLab() !== null) return
    lab = await createLab({ servers: ['s1'], ...options })
    await prepare(server())
    await lab.start()
  }, CEILING_MS)

  afterAll(() => lab?.destroy())

  inLab('a sound server has nothing', () => untilSound(server()), CEILING_MS)

  return {
    server,
    breaks(it) {
      const run = async () => {
        const server = lab.server(it.at ?? 's1')
        await it.break(server, lab)
        try {
          const diagnosis = await diagnose(server)
          const [code = ''] = it.name.split(':')
          expect(unsound(diagnosis)).toEqual([code])
          const said = JSON.stringify(resultOf(diagnosis, code).outcome)
          for (const words of it.says) expect(said).toContain(words)
        } finally {
          await it.mend(server, lab)
        }
        await untilSound(server)
      }
      inLab(it.name, run, CEILING_MS)
    },
  }
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

/** A daemon that was troubled takes a few seconds to be well, and keepalived after it. */
async function untilSound(server: LabServer): Promise<void> {
  const endMs = performance.now() + SOUND_AGAIN_MS
  for (;;) {
    const diagnosis = await diagnose(server)
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
