// Order files against the servers that there are.
import { describe, expect, test } from 'bun:test'
import { forgottenServers, unknownServers } from '../../src/config/order-file.ts'

const SERVERS = ['recdns-cnh', 'recdns-rnb', 'recdns-sby']
const FILE = '/etc/holdfast/order/recdns'

describe('an order', () => {
  test('may list, comment out and remark upon every server', () => {
    const text = 'recdns-cnh\n#recdns-rnb\n\n  # recdns-sby is being moved\nrecdns-cnh # again\n'
    expect(unknownServers(text, FILE, SERVERS)).toEqual([])
    expect(forgottenServers(text, FILE, 'recdns', SERVERS)).toEqual([])
  })

  test('that names nobody is refused where it does, with the name that was meant', () => {
    const text = '# who is who: nobody\nrecdns-cnh\n\trecdns-rbn # spare\nns9\n'
    const found = unknownServers(text, FILE, SERVERS)
    expect(found.map(({ line, column, width, code }) => [line, column, width, code])).toEqual([
      [3, 2, 10, 'E_UNKNOWN_SERVER'],
      [4, 1, 3, 'E_UNKNOWN_SERVER'],
    ])
    expect(found.map(({ hint }) => hint)).toEqual([
      'did you mean "recdns-rnb"?',
      'add [servers.ns9] to the configuration, or remove the line',
    ])
  })

  test('that forgets a server is held against its table in the configuration', () => {
    const [complaint, ...more] = forgottenServers(
      'recdns-cnh\n#recdns-rnb\n',
      FILE,
      'recdns',
      SERVERS,
    )
    expect(more).toEqual([])
    expect(complaint?.path).toEqual(['servers', 'recdns-sby'])
    expect(complaint?.code).toBe('E_UNLISTED_SERVER')
    expect(complaint?.hint).toContain('"#recdns-sby"')
  })
})
