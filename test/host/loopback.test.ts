// The addresses of loopback: what ip makes of the rendered file, in a network namespace.
import { describe, expect, test } from 'bun:test'
import { renderLoopback } from '../../src/host/loopback-addresses.ts'
import { configOf } from '../config/parsing.ts'

const TOML = (onLoopback: boolean) => `[clusters.p.instances.i]
addresses = ["192.0.2.53", "2001:db8::53"]
[addresses]
service_addresses_on_loopback = ${onLoopback}
`

const rendered = (onLoopback: boolean) => renderLoopback(configOf(TOML(onLoopback)))

describe('loopback service addresses', () => {
  test('are none where they are not wanted', () => {
    expect(rendered(false).match(/^[^#\n].*$/gm)).toBeNull()
  })

  test.skipIf(process.getuid?.() !== 0)('are on loopback after ip has read them, twice', () => {
    const script =
      'ip -batch /dev/stdin <<<"$1" && ip -batch /dev/stdin <<<"$1" && ip -brief address show dev lo'
    const command = ['unshare', '--net', '--', 'bash', '-c', script, 'ip', rendered(true)]
    const done = Bun.spawnSync(command)
    expect(done.stderr.toString()).toBe('')
    expect(done.stdout.toString()).toContain('192.0.2.53/32 2001:db8::53/128')
  })
})
