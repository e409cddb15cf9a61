// Whether a reply repeats the question that was asked.
import { describe, expect, test } from 'bun:test'
import { questionEcho } from '../../src/dns/message.ts'
import type { Question } from '../../src/dns/probe.ts'
import { patched, QUESTION, replyBytes } from './replies.ts'

describe('the repeated question', () => {
  const echo = (question: Question | null, asked: Question = QUESTION) =>
    questionEcho(replyBytes({ question }), asked)

  test('is the same whatever its case', () => {
    expect(echo(QUESTION)).toBe('same')
    expect(echo({ ...QUESTION, name: 'WwW.eXample.COM' })).toBe('same')
    expect(echo(QUESTION, { ...QUESTION, name: 'WWW.EXAMPLE.com' })).toBe('same')
    expect(echo({ ...QUESTION, name: '.' }, { ...QUESTION, name: '.' })).toBe('same')
  })

  test.each([
    { name: 'www.example.co' },
    { name: 'www.example.com.net' },
    { name: 'ww.example.com' },
    { name: '.' },
    { name: 'wwwxexample.com' },
    { type: 'AAAA' },
    { class: 'CH' },
  ] as const)('differs: %j', (change) => {
    expect(echo({ ...QUESTION, ...change })).toBe('different')
    expect(echo(QUESTION, { ...QUESTION, ...change })).toBe('different')
  })

  test('differs when there are two', () => {
    expect(questionEcho(patched(replyBytes(), { 5: 2 }), QUESTION)).toBe('different')
  })

  test('differs when only its letters without case bits agree', () => {
    // 0x17 is "W" with its upper bits cleared.
    expect(questionEcho(patched(replyBytes(), { 13: 0x17 }), QUESTION)).toBe('different')
  })

  test('can be absent', () => {
    expect(echo(null)).toBe('absent')
  })

  test.each([12, 14, 27, 29, 30, 32])('is unreadable when cut after %d bytes', (length) => {
    expect(questionEcho(replyBytes().slice(0, length), QUESTION)).toBe('unreadable')
  })
})
