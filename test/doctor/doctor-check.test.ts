// A check as a row: what it needs comes first, and what it can do without is null.
import { expect, test } from 'bun:test'
import { checksOf, factOf, type Need, ok, type Skip, skip } from '../../src/doctor/doctor-check.ts'
import { emptyHost } from './host.ts'

const WORDS = { code: 'H999', title: 'All is well', severity: 'fail' } as const

/** A need that notes when it is asked. */
function need(name: string, value: string | Skip, asked: string[]): Need<string> {
  return async () => {
    asked.push(name)
    return value
  }
}

const judged = (asked: string[], second: string | Skip) => {
  const category = checksOf('bind', { common: need('common', '1', asked) })
  return category({
    ...WORDS,
    needs: { first: need('first', 'a', asked), second: need('second', second, asked) },
    wants: { there: need('there', 'c', asked), gone: need('gone', skip('no such thing'), asked) },
    judge: ({ common, first, second, there, gone }) =>
      ok(JSON.stringify([common, first, second, there, gone])),
  }).run(emptyHost())
}

test('a check is given what its category needs, what it needs, and what it wants', async () => {
  const asked: string[] = []
  expect(await judged(asked, 'b')).toEqual(ok('["1","a","b","c",null]'))
  expect(asked).toEqual(['common', 'first', 'second', 'there', 'gone'])
})

test('the first need that is not to be had is what it comes to, and nothing more is asked', async () => {
  const asked: string[] = []
  const more = { ...skip('because of H203: keepalived is not running'), isWanted: true }
  expect(await judged(asked, more)).toEqual(skip('because of H203: keepalived is not running'))
  expect(asked).toEqual(['common', 'first', 'second'])
})

test('a fact that is made of others is looked up once, and is a skip where one of them is', async () => {
  const asked: string[] = []
  const sum = factOf({ one: need('one', '1', asked), two: need('two', '2', asked) }, (facts) => {
    return facts.one + facts.two
  })
  const host = emptyHost()
  expect([await sum(host), await sum(host)]).toEqual(['12', '12'])
  expect(asked).toEqual(['one', 'two'])
  const none = factOf({ gone: need('gone', skip('not here'), []) }, () => 'never')
  expect(await none(host)).toEqual(skip('not here'))
})
