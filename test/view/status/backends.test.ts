// A load balancer's real servers in the status view: trouble first, and nothing cut off that matters.
import { describe, expect, test } from 'bun:test'
import type { BackendStatus, StatusDocument } from '../../../src/documents/status-document.ts'
import { BALANCER, view } from './documents.ts'

const [FIRST] = BALANCER.backends ?? []

/** Real servers as ns1 is, but for what is said of each. */
function balancer(...differences: readonly Partial<BackendStatus>[]): StatusDocument {
  if (FIRST === undefined) throw new Error('there is no real server')
  return { ...BALANCER, backends: differences.map((line) => ({ ...FIRST, weight: 100, ...line })) }
}

const NAMES = { backend: 'dns.ns1' }
const BROKEN = { state: 'failed', health: 'failed', weight: 0 } as const

describe('the real servers of a status', () => {
  test('are counted where endpoints are otherwise, those of a fail-open service not among them', () => {
    const lines = view(balancer(NAMES, { ...BROKEN, weight: 1 }, { ...BROKEN }))
    expect(lines[0]).toEndWith('1 of 3 real servers in the pool')
    expect(view(balancer(NAMES))[0]).toEndWith('1 of 1 real servers in the pool')
  })

  test('that are not serving come first, however short the screen is', () => {
    const sound = Array.from({ length: 30 }, (_, at) => ({ backend: `dns.sound${at}` }))
    const lines = view(balancer(...sound, { backend: 'dns.bad', ...BROKEN }), { rows: 20 })
    const titles = lines.findIndex((line) => line.startsWith('REAL SERVER'))
    expect(lines[titles + 1]).toStartWith('dns.bad')
    expect(lines.at(-1)).toEndWith('more lines')
  })

  test('have lines of their own where their names are long', () => {
    const backend = `${'long'.repeat(10)}.ns1`
    const lines = view(balancer({ backend, weight: 25 }), { columns: 50 })
    const at = lines.indexOf(backend)
    expect(lines.slice(at - 2, at + 2)).toEqual([
      'REAL SERVER',
      '  STATE   WEIGHT    CHECKS',
      backend,
      '  serving 25 of 100 2/2 ok',
    ])
  })

  test('show their endpoints when all is asked for, and the balancer its own ones never', () => {
    const document = balancer(NAMES)
    expect(view(document).join('\n')).not.toContain('ADDRESS  ')
    const all = view(document, { all: true }).join('\n')
    expect(all).toContain('dns.ns1  1 address\n  192.0.2.11  ok 1.00 ms  ok 2.00 ms')
    expect(all).not.toContain('ipvs')
  })

  test('that two virtual addresses lack are told of once', () => {
    const why = 'service dns: 1 of 3 real servers in the pool, 2 needed'
    const shown = view({ ...balancer(NAMES), health: 'failed', reasons: [why, why] }).join(' ')
    expect(shown).toContain('FAILED for 12m00s: service dns: 1 of 3 real servers in the pool,')
    expect(shown.split('service dns').length).toBe(2)
  })
})
