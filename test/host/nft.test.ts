// The rules that mark a balancer's questions: what they say, and what nft makes of them.
import { describe, expect, test } from 'bun:test'
import { renderNft } from '../../src/host/nft.ts'
import { renderSysctl } from '../../src/host/sysctl.ts'
import { goldenToml, renderable } from '../keepalived/golden.ts'

const CONFIG = renderable(goldenToml('balancer-virtual'), 'lb1').config
const UNCHECKED = renderable(goldenToml('balancer-pair'), 'lb1').config
const TO_SERVICE = 'ip daddr { 192.0.2.53, 192.0.2.54 } udp dport 53 meta mark set udp sport map'

/** Reads each of these in turn in a network of its own, and lists what is in force then. */
function inForceAfter(...files: readonly string[]): string {
  const script = 'for file; do nft --file - <<<"$file" || exit; done; nft --stateless list ruleset'
  const command = ['unshare', '--net', '--', 'bash', '-c', script, 'nft', ...files]
  const done = Bun.spawnSync(command)
  expect(done.stderr.toString()).toBe('')
  return done.stdout.toString()
}

const canRead =
  process.getuid?.() === 0 &&
  Bun.spawnSync(['unshare', '--net', '--', 'nft', 'list', 'ruleset']).exitCode === 0

describe('rules of nftables', () => {
  test('mark questions by their source ports, at the virtual addresses alone', () => {
    const text = renderNft(CONFIG)
    expect(text).toContain(`${TO_SERVICE} { 30000-30127 : 30000, 30128-30255 : 30128 }\n`)
    expect(text).toContain('{ 192.0.2.54 } tcp dport 853 meta mark set tcp sport map { 30256-')
    expect(text).not.toContain('5353')
    for (const family of ['ip', 'ip6'])
      for (const transport of ['udp', 'tcp'])
        expect(text).toMatch(new RegExp(` ${family} daddr .* ${transport} dport 53 `))
  })

  test('are none where no virtual address is checked', () => {
    for (const config of [UNCHECKED, { balancer: null }])
      expect(renderNft(config).match(/^[^#\n].*$/gm)).toEqual([
        'table inet holdfast_balancer',
        'delete table inet holdfast_balancer',
      ])
  })

  test.skipIf(!canRead)('nft takes them, again and again, and takes them away', () => {
    const text = renderNft(CONFIG)
    const once = inForceAfter(text)
    expect(once).toContain('chain output')
    expect(once.match(/meta mark set/g)).toHaveLength(6)
    expect(inForceAfter(text, text)).toBe(once)
    expect(inForceAfter(text, renderNft(UNCHECKED))).toBe('')
    expect(inForceAfter('table ip other {\n}', text, renderNft(UNCHECKED))).toContain('ip other')
  })
})

describe('kernel settings', () => {
  test('let the answers in, and keep the ports', () => {
    const text = renderSysctl(CONFIG, ['eth0', 'eth0', 'eth0.100'])
    expect(text.match(/^.*accept_local.*$/gm)).toEqual([
      'net/ipv4/conf/eth0/accept_local = 1',
      'net/ipv4/conf/eth0.100/accept_local = 1',
    ])
    expect(text).toContain('net.ipv4.ip_local_reserved_ports = 30000-30383\n')
  })

  test('stay as they are where no virtual address is checked', () => {
    expect(renderSysctl(UNCHECKED, ['eth0'])).not.toMatch(/accept_local|reserved_ports/)
  })
})
