// The service of inventory/example from outside: who holds which address, and who asks.
import { createClient } from '../lab/client.ts'
import type { ClientReport } from '../lab/client-report.ts'
import { spawnInside } from '../lab/process.ts'
import { WHOAMI } from '../lab/resolver.ts'
import type { Machine } from '../machines/machine.ts'
import type { Machines } from '../machines/machines.ts'
import { heldBy } from '../machines/sound.ts'

/** Those at the order's beginning; the others are at its end. */
export const FORWARD = ['192.0.2.9', '2001:db8::d:1', '192.0.2.120', '2001:db8::d:fff1'] as const
export const REVERSE = ['192.0.2.8', '2001:db8::d:0', '192.0.2.119', '2001:db8::d:fff0'] as const
const ADDRESSES: readonly string[] = [...FORWARD, ...REVERSE]

const ZONE_FILE = '/srv/whoami.zone'

/** Lines for named: a name that tells which server answered, for the client. */
export const WHOAMI_ZONE = `zone "${WHOAMI}" { type primary; file "${ZONE_FILE}"; };`

const CEILING_MS = 90_000
const LOOK_EVERY_MS = 50

export function writeWhoami(host: Machine): void {
  const head = '$TTL 1\n@ SOA localhost. root.localhost. 1 3600 600 86400 1\n@ NS localhost.\n'
  host.write(ZONE_FILE, `${head}@ TXT "${host.name}"\n`)
}

/** The service addresses that a host has on the wire. */
export async function servedBy(host: Machine): Promise<string[]> {
  return (await heldBy(host)).filter((address) => ADDRESSES.includes(address))
}

/** Waits until a host holds exactly these service addresses. */
export async function untilServes(host: Machine, addresses: readonly string[]): Promise<void> {
  const wanted = [...addresses].sort().join(' ')
  const deadlineMs = Date.now() + CEILING_MS
  let found = ''
  while (Date.now() < deadlineMs) {
    found = (await servedBy(host)).sort().join(' ')
    if (found === wanted) return
    await Bun.sleep(LOOK_EVERY_MS)
  }
  const { stdout } = await host.exec(['journalctl', '--no-pager', '-n', '60'])
  throw new Error(`${host.name} holds "${found}", not "${wanted}"\n${stdout}`)
}

export interface Asking {
  stop(): Promise<{ readonly udp: ClientReport; readonly tcp: ClientReport }>
}

/** Asks all service addresses from the switch: 400 queries a second by UDP, and 40 by TCP. */
export async function startAsking(
  { fleet }: Pick<Machines, 'fleet'>,
  addresses: readonly string[] = ADDRESSES,
): Promise<Asking> {
  const seat = {
    spawn: (label: string, command: readonly string[]) => spawnInside(fleet.pid, label, command),
  }
  const client = createClient(seat, addresses)
  const udp = await client.start({ transports: ['udp'], ratePerS: 400 })
  const tcp = await client.start({ transports: ['tcp'], ratePerS: 40 })
  return {
    async stop() {
      const [ofUdp, ofTcp] = await Promise.all([udp.stop(), tcp.stop()])
      return { udp: ofUdp, tcp: ofTcp }
    },
  }
}

/** One line of what a client measured. */
export function figures(what: string, { udp, tcp }: Awaited<ReturnType<Asking['stop']>>): string {
  const one = ({ sent, lost, lostBy, longestGapMs, byServer }: ClientReport) =>
    `${lost} of ${sent} lost${counts(lostBy)}, longest gap ${longestGapMs.toFixed(0)} ms, answered${counts(byServer)}`
  const seconds = ((udp.toMs - udp.fromMs) / 1000).toFixed(0)
  return `${what}: UDP ${one(udp)}; TCP ${one(tcp)}; ${seconds} s`
}

function counts(by: Readonly<Record<string, number>>): string {
  const parts = Object.entries(by).map(([name, count]) => `${name} ${count}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
