// The timeline of a failover: what two captures show, and that the picture is of the run beside it.
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Captures, failoverPicture, stepsOf } from '../../build/drawing/failover.ts'
import { ROOT } from './markdown.ts'

const PICTURES = join(ROOT, 'docs/pictures')
const KILLED_MS = 1_800_000_000_000
const at = (ms: number, text: string) => `${((KILLED_MS + ms) / 1000).toFixed(6)} ${text}`
const advert = (from: string, priority: number) =>
  `IP ${from} > 224.0.0.18: VRRPv3, Advertisement, vrid 53, prio ${priority}, intvl 10cs, length 12`

/** As tcpdump 4.99 prints them. */
const CAPTURES: Captures = {
  ...{ killedMs: KILLED_MS, writtenMs: KILLED_MS + 142.3, service: '192.0.2.53' },
  ...{ failing: '192.0.2.11', next: '192.0.2.12' },
  loopback: [
    'listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes',
    at(-50, 'IP 127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 53 unreachable, length 60'),
    at(38.2, 'IP6 ::1 > ::1: ICMP6, destination unreachable, unreachable port, ::1 udp port 53'),
    at(71, 'IP 192.0.2.11.53 > 192.0.2.11.40001: Flags [R.], seq 0, ack 1, win 0, length 0'),
    at(139, 'IP 127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 53 unreachable, length 60'),
    at(180, 'IP 127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 53 unreachable, length 60'),
  ],
  network: [
    at(-20, advert('192.0.2.11', 250)),
    at(-3, 'IP 192.0.2.53.53 > 192.0.2.100.4001: 17 1/0/0 TXT "ns1" (50)'),
    at(180, advert('192.0.2.11', 10)),
    at(300, 'ARP, Request who-has 192.0.2.53 tell 192.0.2.100, length 28'),
    at(402, advert('192.0.2.12', 200)),
    at(402.4, 'ARP, Request who-has 192.0.2.53 (ff:ff:ff:ff:ff:ff) tell 192.0.2.53, length 28'),
    at(406.1, 'IP 192.0.2.53.53 > 192.0.2.100.4002: 99 1/0/0 TXT "ns2" (50)'),
  ],
}

describe('the steps of a failover', () => {
  test('are those that the captures show, in order', () => {
    const steps = stepsOf(CAPTURES).map(({ what, atMs }) => `${atMs} ${what}`)
    expect(steps).toEqual([
      '0 named is killed',
      '38.2 the daemon’s next probe fails',
      '139 the last retry fails',
      '142.3 the daemon writes the lower priority',
      '180 keepalived advertises 10 instead of 250',
      '402 the next server advertises 200',
      '402.4 it announces the address by gratuitous ARP',
      '406.1 its first answer reaches a client',
    ])
  })

  test('are refused where a capture lacks one', () => {
    const network = CAPTURES.network.filter((text) => !text.includes('ARP'))
    expect(() => stepsOf({ ...CAPTURES, network })).toThrow('gratuitous ARP')
  })

  test('are drawn, each with its time', () => {
    const run = { recorded: '2027-01-15', versions: 'named 9', steps: stepsOf(CAPTURES) }
    const svg = failoverPicture(run)
    for (const text of ['the last retry fails', '>402<', '>406<', 'prefers-color-scheme:dark'])
      expect(svg).toContain(text)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })

  test('in the documentation are drawn from the run beside them', () => {
    const run = join(PICTURES, 'failover.json')
    if (!existsSync(run)) return
    expect(readFileSync(join(PICTURES, 'failover.svg'), 'utf8')).toBe(
      failoverPicture(JSON.parse(readFileSync(run, 'utf8'))),
    )
  })
})
