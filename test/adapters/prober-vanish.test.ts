// Addresses that go away under the prober, in a network namespace of its own.
import { expect, test } from 'bun:test'
import { ENDPOINTS, runVanishProgram, vanishing, withoutInterface } from './prober/vanish.ts'

test.skipIf(process.getuid?.() !== 0)(
  'an address that goes is told from a server that fails',
  async () => {
    const expected = Object.assign({}, ...ENDPOINTS.map(vanishing), withoutInterface(ENDPOINTS))
    expect(await runVanishProgram([process.execPath])).toEqual(expected)
  },
  30_000,
)
