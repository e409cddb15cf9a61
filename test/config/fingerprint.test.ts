// A configuration's fingerprint changes with what the file means, and with nothing else.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../../src/config/fingerprint.ts'
import { configOf } from './parsing.ts'

const FULL = readFileSync(join(import.meta.dir, 'testdata/good/full.toml'), 'utf8')

function fingerprintOf(text: string, hostname = 'ns1'): string {
  return fingerprint(configOf(text, hostname))
}

const SHORT = '[clusters.p.instances.i]\naddresses = ["192.0.2.53/24"]\n'

test('remarks and spelled-out defaults make no difference', () => {
  const name = fingerprintOf(SHORT)
  expect(name).toMatch(/^[0-9a-f]{16}$/)
  expect(fingerprintOf(`# a remark\n${SHORT}\n[timing]\ncheck_interval = "1000ms"\n`)).toBe(name)
})

test('a setting and the name of the host make one', () => {
  const names = [
    fingerprintOf(SHORT),
    fingerprintOf(SHORT, 'ns2'),
    fingerprintOf(`${SHORT}[timing]\ncheck_interval = "2s"\n`),
    fingerprintOf(SHORT.replace('53/24', '54/24')),
    fingerprintOf(FULL),
  ]
  expect(new Set(names).size).toBe(names.length)
})
