// `holdfast check --backend`: fresh, and in the pool.
import { describe, expect, test } from 'bun:test'
import type { StatusDocument } from '../../../src/documents/status-document.ts'
import { holdfast } from '../../support/recorder.ts'
import { makeRunDir, staleDocument, statusDocument } from '../../support/status.ts'
import { BALANCER } from '../../view/status/documents.ts'

const { backends = [] } = BALANCER

async function check(status: StatusDocument | string | undefined, ...argv: string[]) {
  using runDir = makeRunDir(status)
  return await holdfast('check', '--run-dir', runDir.path, ...argv)
}

describe('check --backend', () => {
  test.each([
    ['recdns.ns1', 0, 'recdns.ns1: weight 25 (serving)'],
    ['ns1', 0, 'recdns.ns1: weight 25 (serving)'],
    [
      'recdns.ns2',
      1,
      'recdns.ns2: weight 0 (failed): udp/192.0.2.12 127.in-addr.arpa SOA: timeout (no response in time)',
    ],
    ['recdns.ns3', 1, 'recdns.ns3: weight 0 (drained)'],
    ['recdns.ns4', 1, 'recdns.ns4: no weight yet'],
    [
      'recdns.ns9',
      1,
      'unknown real server recdns.ns9; known: recdns.ns1, recdns.ns2, recdns.ns3, recdns.ns4',
    ],
  ])('%s', async (name, code, out) => {
    const said = await check(statusDocument({ backends }), '--backend', name)
    expect(said).toEqual({ code, out, err: '' })
  })

  test('one of a fail-open service is in the pool, and said to be no more than that', async () => {
    const [, failed] = backends
    if (failed === undefined) throw new Error('no backend')
    const said = await check(
      statusDocument({ backends: [{ ...failed, weight: 1, reasons: [] }] }),
      ...['--backend', 'ns2'],
    )
    expect(said).toMatchObject({ code: 0, out: 'recdns.ns2: weight 1 (failed, fail-open)' })
  })

  test('a name without its service is all of them', async () => {
    const [first] = backends
    if (first === undefined) throw new Error('no backend')
    const other = { ...first, backend: 'dot.ns1', service: 'dot', weight: 0 }
    const said = await check(statusDocument({ backends: [first, other] }), '--backend', 'ns1')
    expect(said.code).toBe(1)
    expect(said.out).toBe('recdns.ns1: weight 25 (serving); dot.ns1: weight 0 (serving)')
  })

  test('as JSON', async () => {
    const document = statusDocument({ backends })
    const said = await check(document, '--backend', 'recdns.ns2', '--json')
    expect(JSON.parse(said.out)).toMatchObject({ passes: false, status: 'fresh', weight: 0 })
  })

  test.each([
    ['a stale status', { ...staleDocument(), backends }, 'stale: '],
    ['no status', undefined, 'no status: '],
    ['a DNS server', statusDocument(), 'unknown real server recdns.ns1; known: none'],
    [
      'backends that are none',
      JSON.stringify({ ...statusDocument(), backends: [null, 7, { backend: {} }] }),
      'unknown',
    ],
    ['no list', JSON.stringify({ ...statusDocument(), backends: 'ns1' }), 'unknown'],
  ])('%s is 1', async (_, status, why) => {
    const said = await check(
      status as StatusDocument | string | undefined,
      '--backend',
      'recdns.ns1',
    )
    expect(said.code).toBe(1)
    expect(said.out).toStartWith(why)
  })

  test.each([
    [['--nagios'], 3],
    [['recdns0', '1'], 2],
  ])('goes without %j', async (argv, code) => {
    const said = await check(statusDocument({ backends }), '--backend', 'ns1', ...argv)
    expect(said.code).toBe(code)
  })
})
