// The monitoring line: levels, text and performance data.
import { describe, expect, test } from 'bun:test'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { worstServerState } from '../../src/documents/status-summary.ts'
import { nagiosAnswer } from '../../src/view/nagios.ts'
import { endpoint, INSTANCE, statusDocument } from '../support/status.ts'

function nagios(differences: Partial<Record<keyof StatusDocument, unknown>>) {
  const document = { ...statusDocument(), ...differences } as StatusDocument
  return nagiosAnswer({ kind: 'fresh', document })
}

const override = (mode: 'drained' | 'isolated') => ({ mode, by: 'root', reason: '' })

describe('level', () => {
  test.each([
    ['ok', {}],
    ['warning', { health: 'degraded' }],
    ['warning', { override: override('drained') }],
    ['warning', { instances: [{ ...INSTANCE, state: 'probation' }] }],
    ['warning', { instances: [INSTANCE, { ...INSTANCE, name: 'b', state: 'degraded' }] }],
    ['critical', { health: 'failed', may_serve: false }],
    ['critical', { override: override('isolated'), may_serve: false }],
    ['critical', { may_serve: false }],
    ['critical', { health: 'failed', override: override('drained'), may_serve: false }],
  ])('%s for %j', (level, differences) => {
    expect(nagios(differences).level as string).toBe(level)
  })
})

describe('performance data', () => {
  test('counts endpoints and tells the worst latency and the backoff', () => {
    const endpoints = [
      endpoint('udp/192.0.2.1', 'ok', 1.23456),
      endpoint('tcp/192.0.2.1', 'address-gone', 0.02),
      endpoint('udp/192.0.2.2', 'timeout', 1000),
      endpoint('tcp/192.0.2.2', null, null),
    ]
    expect(nagios({ endpoints }).line).toEndWith(
      ' | endpoints_ok=2;;;0;3 endpoints_failing=1;;;0;3 worst_latency=1000ms;;;0 backoff=1000ms;;;0',
    )
  })

  test('what is not known is U, by the guidelines', () => {
    expect(nagios({ endpoints: [], flap: null }).line).toEndWith(
      ' | endpoints_ok=0;;;0;0 endpoints_failing=0;;;0;0 worst_latency=U;;;0 backoff=U;;;0',
    )
  })

  test('begins at the only bar of the line', () => {
    const { line } = nagios({ health: 'failed', may_serve: false, reasons: ['a|b\nc'] })
    expect(line).toStartWith('HOLDFAST CRITICAL - failed: a/b c | endpoints_ok')
    expect(line.split('|')).toHaveLength(2)
  })
})

test('the text fits into a short message, and no word is cut', () => {
  const reasons = Array.from({ length: 9 }, (_, at) => `udp/192.0.2.${at} a A: word${at} of many`)
  const { line } = nagios({ health: 'failed', may_serve: false, reasons })
  const [text = ''] = line.split(' | ')
  expect(text.length).toBeLessThanOrEqual(160)
  expect(text).toMatch(/ (A:|many;|of|word\d|udp\S+|a)…$/)
})

test('a drained server that fails is failed, and an isolated one isolated', () => {
  const failed = statusDocument({ health: 'failed', may_serve: false })
  const serverState = (mode: 'drained' | 'isolated') =>
    worstServerState({
      ...failed,
      override: { ...override(mode), sinceWallMs: 0, untilWallMs: null },
    })
  expect(serverState('drained')).toBe('failed')
  expect(serverState('isolated')).toBe('isolated')
})
