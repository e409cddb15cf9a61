// What goes over the wire of an interface for some seconds: adverts, and claims to service addresses.
import { canonicalAddress } from '../../config/values/ip.ts'
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import type { Host } from '../host.ts'
import { parseCapture, type Wire } from './adverts.ts'

/** At 0.1 s an advert, a network with fifty routers; far below what the inspector lets a program say. */
const MAX_PACKETS = 4000
const SLACK_MS = 1500

/**
 * Listens with tcpdump, which sees packets that arrive before the firewall does, and packets that
 * leave after it. Nothing is sent, and the interface is not made promiscuous.
 *
 * @param addresses whose claims are of interest, by ARP and neighbour advertisements
 */
export async function listen(
  host: Host,
  name: string,
  addresses: readonly string[],
  lengthMs: number,
): Promise<Wire | Skip> {
  const flags = ['-v', '-e']
  const captured = await capture(host, { name, filter: filterFor(addresses), lengthMs, flags })
  return isSkip(captured) ? captured : parseCapture(captured.text)
}

export interface Capture {
  readonly text: string
  /** It went on to its end; else there were more packets than are kept. */
  readonly isWhole: boolean
}

interface CaptureOptions {
  /** The interface, or "any". */
  readonly name: string
  /** As pcap-filter(7) has it. */
  readonly filter: string
  readonly lengthMs: number
  readonly flags?: readonly string[]
}

/** What tcpdump prints of the packets that pass the filter. */
export async function capture(
  { inspect }: Host,
  { name, filter, lengthMs, flags = [] }: CaptureOptions,
): Promise<Capture | Skip> {
  if (inspect.uid !== 0) return skip('needs root: who is not may not listen on the wire')
  // timeout is part of coreutils, and ends it in a way that it still prints what it has.
  const run = await inspect.run(
    'timeout',
    [
      ...['--signal=INT', String(lengthMs / 1000), 'tcpdump', '-p', '-n', '-tt', '-l', ...flags],
      ...['-c', String(MAX_PACKETS), '-i', name, filter],
    ],
    { limitMs: lengthMs + SLACK_MS },
  )
  if (!run.ok) return skip(`nobody listens on the wire: ${run.error}`)
  const { code, stdout, stderr } = run.value
  // The exit codes that timeout has for a program that is not there, may not be run, ran for so long.
  if (code === 127) return skip('tcpdump is not installed: apt-get install tcpdump')
  if (code === 126) return skip('tcpdump may not be run')
  if (!/listening on/.test(stderr))
    return skip(`tcpdump says ${stderr.trim().split('\n').at(-1) ?? 'nothing'}`)
  return { text: stdout, isWhole: code === 124 }
}

/** VRRP, also where it is authenticated by AH, and who says to have one of the addresses. */
function filterFor(addresses: readonly string[]): string {
  const known = addresses.flatMap((address) => canonicalAddress(address) ?? [])
  const from = (family: 4 | 6) =>
    known
      .filter((address) => address.includes(':') === (family === 6))
      .map((address) => `src host ${address}`)
  const v4 = from(4).map((address) => `arp ${address}`)
  const v6 = from(6)
  return [
    'ip proto 112',
    'ip6 proto 112',
    '(ip proto 51 and dst host 224.0.0.18)',
    ...v4,
    ...(v6.length === 0 ? [] : [`(icmp6 and ip6[40] == 136 and (${v6.join(' or ')}))`]),
  ].join(' or ')
}
