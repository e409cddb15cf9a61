// Warming a cache: paced, bounded in time, failures counted; a standby goes round and round.
import { describe, expect, test } from 'bun:test'
import { createClock } from '../../src/adapters/clock.ts'
import type { Prober, Result } from '../../src/ports.ts'
import { createStandbyWarmer, warmCache } from '../../src/runtime/warming.ts'

const CONFIG = {
  namesFile: '/names',
  queriesPerSecond: 1000,
  standbyQueriesPerSecond: 100,
  maxDelayMs: 60_000,
}
const clock = createClock()

function setting(text: string, fails: (name: string) => boolean = () => false) {
  const asked: string[] = []
  const prober: Prober = {
    ask({ question }) {
      asked.push(question.name)
      const outcome = fails(question.name) ? 'servfail' : 'ok'
      return Promise.resolve({ outcome, latencyMs: 1 })
    },
  }
  const readNames = () => Promise.resolve({ ok: true as const, value: text })
  return { asked, ports: { clock, prober, readNames } }
}

describe('before a return', () => {
  test('every name is asked once, failures and bad lines are counted', async () => {
    const { asked, ports } = setting('a.example\nb.example AAAA\n..\n', (name) =>
      name.startsWith('b'),
    )
    const progress: string[] = []
    const said = await warmCache(CONFIG, ports, {
      onProgress: (done, of) => progress.push(`${done}/${of}`),
    })
    expect(asked).toEqual(['a.example', 'b.example'])
    expect(progress).toEqual(['1/2', '2/2'])
    expect(said).toMatch(/^cache warmed: 1\/2 names in .* \(1 failed, 1 invalid line: 3\)$/)
  })

  test('the limit ends it', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}.example`).join('\n')
    const { asked, ports } = setting(names)
    const said = await warmCache({ ...CONFIG, queriesPerSecond: 100, maxDelayMs: 50 }, ports)
    expect(asked.length).toBeLessThan(100)
    expect(said).toContain('left after 50 ms')
  })

  test('without a file nothing is asked, and a lost file is only told', async () => {
    const { asked, ports } = setting('a.example')
    expect(await warmCache({ ...CONFIG, namesFile: null }, ports)).toContain('no names')
    const readNames = () => Promise.resolve({ ok: false as const, error: 'there is no /names' })
    expect(await warmCache(CONFIG, { ...ports, readNames })).toContain('there is no /names')
    expect(asked).toEqual([])
  })
})

describe('a standby', () => {
  test('asks the names over and over, and stops when it holds an address', async () => {
    const { asked, ports } = setting('a.example\nb.example\n')
    const warmer = createStandbyWarmer(CONFIG, ports)
    warmer.setStandby(true)
    while (asked.length < 5) await new Promise((resolve) => setTimeout(resolve, 5))
    warmer.setStandby(false)
    const { length } = asked
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked).toHaveLength(length)
    expect(asked.slice(0, 4)).toEqual(['a.example', 'b.example', 'a.example', 'b.example'])
    warmer.stop()
  })

  test('waits for no slow disk, and asks no name of a file that was read too late', async () => {
    const { asked, ports } = setting('')
    const reads: ((text: string) => void)[] = []
    const readNames = () =>
      new Promise<Result<string>>((resolve) => {
        reads.push((value) => resolve({ ok: true, value }))
      })
    const warmer = createStandbyWarmer(CONFIG, { ...ports, readNames })
    warmer.setStandby(true)
    warmer.useConfig({ ...CONFIG, namesFile: '/other' })
    for (const [index, read] of reads.entries()) read(`${index}.example`)
    while (asked.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
    warmer.stop()
    expect(asked).toEqual(['1.example'])
  })

  test('with a rate of 0 asks nothing', async () => {
    const { asked, ports } = setting('a.example\n')
    const warmer = createStandbyWarmer({ ...CONFIG, standbyQueriesPerSecond: 0 }, ports)
    warmer.setStandby(true)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked).toEqual([])
    warmer.stop()
  })
})
