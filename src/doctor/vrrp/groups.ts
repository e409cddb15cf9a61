// Whether keepalived is in VRRP's multicast groups, by the kernel's own tables.
import { vrrpCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { dumpFact, isTaking } from '../facts/keepalived-program.ts'
import { vrrpFact } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { restart } from '../keepalived/service.ts'
import { MULTICAST, UP } from '../network/link-states.ts'

/** The groups of RFC 9568 section 1 (IANA's for VRRP). */
export const VRRP_GROUPS = { 4: '224.0.0.18', 6: 'ff02::12' } as const

const TABLES = { 4: '/proc/net/igmp', 6: '/proc/net/igmp6' } as const

export const GROUP = vrrpCheck({
  code: 'H313',
  title: 'keepalived has joined the VRRP multicast group',
  severity: 'fail',
  explainedBy: [UP, MULTICAST],
  needs: { dump: dumpFact },
  wants: { vrrp: vrrpFact },
  async judge({ dump, vrrp }, host) {
    if (dump.kind === 'none')
      return skip(
        dump.why === 'denied'
          ? `needs root: ${dump.error}`
          : 'because of H203: keepalived is not running',
      )
    if (vrrp?.peering === 'unicast') return skip('adverts are sent by unicast')
    const taking = dump.instances.filter(isTaking)
    if (taking.length === 0) return skip('no instance takes part in an election')
    // On a virtual interface it listens there or on the one below.
    const wanted = taking.filter((one) => one.interface !== null && one.vmacInterface === '')
    if (wanted.length === 0)
      return skip('with virtual interfaces (use_vmac) the listening one is unknown')
    const outside = wanted.filter(
      (instance) => isMember(host, instance.interface ?? '', familyOf(instance)) === false,
    )
    if (outside.length === 0) return ok(wanted.map((instance) => instance.name).join(', '))
    const places = new Set(outside.map((instance) => instance.interface))
    return trouble(
      `keepalived has not joined the VRRP multicast group on ${[...places].join(', ')}`,
      outside.map((instance) => {
        const family = familyOf(instance)
        return `${TABLES[family]}: ${instance.interface} is not in ${VRRP_GROUPS[family]}, which ${instance.name} needs`
      }),
      [`ip maddress show dev ${outside[0]?.interface}`, ...(await restart(host))],
    )
  },
})

export function familyOf({ addresses }: { readonly addresses: readonly string[] }): 4 | 6 {
  return addresses[0]?.includes(':') ? 6 : 4
}

/** Whether an interface is in VRRP's group; null when the table cannot be read. */
function isMember({ inspect }: Host, name: string, family: 4 | 6): boolean | null {
  const read = inspect.text(TABLES[family])
  if (!read.ok) return null
  return family === 4 ? isInIgmp(read.value, name) : isInIgmp6(read.value, name)
}

/** 224.0.0.18 as the kernel prints it: a number of the host's own byte order. */
const V4_GROUP = ['120000E0', 'E0000012']
const V6_GROUP = 'ff020000000000000000000000000012'

/** A line for the interface, and below it one for each group. */
export function isInIgmp(text: string, name: string): boolean {
  let current = ''
  for (const line of text.split('\n')) {
    const head = /^\d+\s+(\S+)\s*:/.exec(line)
    if (head !== null) current = head[1] ?? ''
    else if (current === name && V4_GROUP.includes(line.trim().split(/\s+/, 1)[0] ?? ''))
      return true
  }
  return false
}

export function isInIgmp6(text: string, name: string): boolean {
  return text.split('\n').some((line) => {
    const [, device, group] = line.trim().split(/\s+/)
    return device === name && group === V6_GROUP
  })
}
