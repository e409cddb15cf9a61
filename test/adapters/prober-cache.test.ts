// The prober against a real named with a cache: what TTLs and extended errors show when nobody upstream answers.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Answer } from '../../src/ports.ts'
import { ask } from './prober/ask.ts'
import {
  PLAIN_ZONE,
  type Resolving,
  SIGNED_ZONE,
  startResolving,
  TTL_S,
} from './prober/resolving.ts'

/** Against hangs only. */
const CEILING_MS = 60_000

let resolving: Resolving
beforeAll(async () => {
  resolving = await startResolving()
}, CEILING_MS)
afterAll(async () => {
  await resolving[Symbol.asyncDispose]()
})

const askFor = (name: string, rcode = 'NOERROR'): Promise<Answer> =>
  ask(resolving.port, { question: { name }, expect: { rcode, minAnswers: 0 } })
const random = (zone: string) => askFor(`x-{random}.${zone}`, 'NXDOMAIN')

/** Whole seconds have to go by for a TTL to count down. */
const COUNTS_DOWN_MS = 2100
let first: Record<'plain' | 'signed' | 'fixed' | 'brief', Answer>

async function askAll() {
  const [plain, signed] = [await random(PLAIN_ZONE), await random(SIGNED_ZONE)]
  const fixed = await askFor(`ns.${PLAIN_ZONE}`)
  return { plain, signed, fixed, brief: await askFor(`brief.${PLAIN_ZONE}`) }
}

describe('while upstream answers', () => {
  test('every answer may be kept for its whole time at first', async () => {
    first = await askAll()
    for (const answer of [first.plain, first.signed, first.fixed]) {
      expect(answer).toMatchObject({ outcome: 'ok', ttlS: TTL_S })
    }
    expect(first.brief).toMatchObject({ outcome: 'ok', ttlS: 1 })
  })

  test('later only what was fetched anew: a new name, and not in a zone whose denials are known', async () => {
    await Bun.sleep(COUNTS_DOWN_MS)
    const { plain, signed, fixed } = await askAll()
    expect(plain).toMatchObject({ outcome: 'ok', ttlS: TTL_S })
    expect(signed.outcome).toBe('ok')
    expect(signed.ttlS).toBeLessThan(TTL_S - 1)
    expect(fixed.ttlS).toBeLessThan(TTL_S - 1)
  })
})

describe('when upstream is lost', () => {
  test('a new name fails; what is kept, or follows from it, is answered as if nothing were wrong', async () => {
    await resolving.cut()
    expect((await random(PLAIN_ZONE)).outcome).toBe('servfail')
    expect((await random(SIGNED_ZONE)).outcome).toBe('ok')
    expect((await askFor(`ns.${PLAIN_ZONE}`)).outcome).toBe('ok')
  })

  test('what has outlived its time is stale', async () => {
    await Bun.sleep(COUNTS_DOWN_MS)
    expect(await askFor(`brief.${PLAIN_ZONE}`)).toMatchObject({
      outcome: 'stale',
      detail: 'Stale Answer',
    })
  })
})
