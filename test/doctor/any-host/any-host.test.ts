// The doctor on hosts in any state: no check may break down, whatever it is told.

import { describe, expect, test } from 'bun:test'
import { CHECKS } from '../../../src/doctor/checks.ts'
import type { Host } from '../../../src/doctor/host.ts'
import type { CheckOutcome, CheckResult } from '../../../src/doctor/results.ts'
import { startChecks } from '../../../src/doctor/runner.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import { emptyHost } from '../host.ts'
import { styleFlaws } from '../style.ts'
import type { Recording } from './recording.ts'
import soundHost from './sound-host.json' with { type: 'json' }
import { spoiltHost } from './spoil.ts'

const RECORDING = soundHost as unknown as Recording
const HOSTS = process.env.HOLDFAST_LONG === '1' ? 1500 : 120
const AT_ONCE = 60
const CEILING_MS = HOSTS * 2500
/** Some checks look twice, a while apart; on a busy machine that must be no crash. */
const TOTAL_MS = 60_000

async function flawsOf(host: Host, name: string): Promise<readonly string[]> {
  const results = await startChecks(CHECKS, host, { maxAtOnce: CHECKS.length, limitMs: TOTAL_MS })
    .results
  expect(results).toHaveLength(CHECKS.length)
  return results.flatMap((result) =>
    flawsIn(result).map((flaw) => `${name}: ${result.code}: ${flaw}`),
  )
}

function flawsIn({ outcome }: CheckResult): readonly string[] {
  if (outcome.kind === 'crash') return [outcome.why]
  const isTrouble = outcome.kind === 'warn' || outcome.kind === 'fail'
  if (isTrouble && outcome.remedy.length === 0)
    return [`says too little: ${JSON.stringify(outcome)}`]
  const isWell = wordsOf(outcome).every((word) => typeof word === 'string' && word.trim() !== '')
  if (!isWell) return [`says ${JSON.stringify(outcome)}`]
  return isTrouble ? styleFlaws(outcome) : []
}

function wordsOf(outcome: Exclude<CheckOutcome, { kind: 'crash' }>): readonly unknown[] {
  switch (outcome.kind) {
    case 'ok':
      return [`${outcome.seen}.`]
    case 'skip':
      return [outcome.why]
    case 'warn':
    case 'fail':
      return [outcome.what, ...outcome.evidence.map((text) => `${text}.`), ...outcome.remedy]
    default:
      return outcome satisfies never
  }
}

describe('no check breaks down', () => {
  const denied = { ok: false, why: 'denied', error: 'permission denied' } as const
  const empty = { ok: true, value: '' } as const

  test('where there is nothing', async () => {
    expect(await flawsOf(emptyHost(), 'empty')).toEqual([])
  })

  test('where nothing is for this user', async () => {
    const none = () => denied
    const files = { text: none, stat: none, list: none, link: none, real: none, space: none }
    const run = async () => denied
    const host = emptyHost({ uid: 1000, ...files, run, keepalivedDump: run })
    expect(await flawsOf(host, 'denied')).toEqual([])
  })

  test('where all is empty', async () => {
    const host = emptyHost({
      ...{ text: () => empty, link: () => empty, real: () => empty },
      list: () => ({ ok: true, value: [] }),
      run: async () => ({ ok: true, value: { code: 0, stdout: '', stderr: '' } }),
      keepalivedDump: async () => empty,
    })
    expect(await flawsOf(host, 'blank')).toEqual([])
  })

  test(
    'where it is told anything at all',
    async () => {
      const seed = process.env.HOLDFAST_SEED ?? 'any host'
      for (let at = 0; at < HOSTS; at += AT_ONCE) {
        const batch = Array.from({ length: AT_ONCE }, (_, index) => {
          const name = `${seed} ${at + index}`
          const share = [0.05, 0.2, 0.5, 1][(at + index) % 4] ?? 1
          return flawsOf(spoiltHost(RECORDING, createRandom(name), share), name)
        })
        expect((await Promise.all(batch)).flat()).toEqual([])
      }
    },
    CEILING_MS,
  )
})
