// The prober under Deno, whose sockets differ: strangers get in, and closed ports stay silent on UDP.
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Outcomes, outcomesOf } from '../adapters/prober/outcomes.ts'
import {
  ENDPOINTS,
  runVanishProgram,
  vanishing,
  withoutInterface,
} from '../adapters/prober/vanish.ts'

const ROOT = join(import.meta.dir, '../..')
const DENO = join(ROOT, `node_modules/@deno/linux-${process.arch}-glibc/deno`)
const RUN = [DENO, 'run', '--quiet', '--node-modules-dir=manual', '--allow-all']

function runCases(): Promise<Outcomes> {
  return outcomesOf(DENO, [...RUN.slice(1), join(ROOT, 'test/adapters/prober/cases-program.ts')])
}

describe('under Deno', () => {
  test('the main cases come to the same as under Bun', async () => {
    expect(await runCases()).toEqual({
      'udp: a good answer': 'ok',
      'tcp: a good answer': 'ok',
      'udp: truncated, then good over TCP': 'ok',
      'udp: silence': 'timeout',
      'tcp: silence': 'timeout',
      'udp: a stranger answers': 'mismatch',
      'udp: garbage with our id': 'malformed',
      'tcp: an early end': 'closed',
      // Deno does not pass on what the kernel says of a closed UDP port.
      'udp: a closed port': 'timeout',
      'tcp: a closed port': 'conn-refused',
      'udp: an address of another host': 'address-gone',
      'tcp: an address of another host': 'address-gone',
    })
  }, 30_000)

  test.skipIf(process.getuid?.() !== 0)(
    'an address that goes is told from a server that fails',
    async () => {
      const followed = ENDPOINTS.filter((endpoint) => endpoint !== 'tcp/fe80::99%v0')
      const expected = Object.assign({}, ...followed.map(vanishing), withoutInterface(ENDPOINTS))
      expect(await runVanishProgram(RUN)).toEqual(expected)
    },
    30_000,
  )
})
