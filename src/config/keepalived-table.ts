// How keepalived is steered, and who elects: [keepalived], [servers], and what render-config makes of them.

import { passThrough } from './keepalived/pass-through.ts'
import { inToml, key, type Output, optional, tuning } from './key.ts'
import {
  interfaceReader,
  type Reader,
  readPath,
  readServiceAddress,
  textAs,
  wrongType,
} from './readers.ts'
import {
  boolean,
  choice,
  duration,
  leaf,
  listOfDifferent,
  path,
  table,
  tableByName,
} from './schema-parts.ts'
import { bad, good, quoted } from './text/complaint.ts'
import { durationMs } from './values/duration.ts'
import { type FamilyAddress, withFamily } from './values/ip.ts'

/** How keepalived learns what the daemon decided. */
export const VRRP_MODES = ['track_file', 'track_script'] as const

/** A tenth of a second between adverts: a dead server is found out in a third of one. */
const ADVERT = { 2: '1s', 3: '100ms' } as const
const SCRIPT_INTERVAL = { track_file: '500ms', track_script: '1s' } as const

function noInterface(text: string, hint: string) {
  return bad('E_INTERFACE', `${quoted(text)} is not the name of an interface`, hint)
}

/** A name that the kernel would take; 15 characters are all it has room for. */
export const readInterface = interfaceReader(noInterface, (text) => {
  if (text === 'lo') {
    const hint = 'name the interface by which clients and the other servers come'
    return bad('E_INTERFACE', 'keepalived holds no election on the loopback interface', hint)
  }
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(text)) return good(text)
  return noInterface(text, 'write one name as "ip link" shows it, such as "eth0"')
})

const readUser: Reader<string> = textAs('the name of a user', (text) => {
  if (/^[A-Za-z_][A-Za-z0-9_-]{0,31}$/.test(text)) return good(text)
  return bad('E_NAME', `${quoted(text)} is not the name of a user`, 'write it as "root"')
})

/** A path that a shell and keepalived take as it is: it stands in a command line of both. */
const readProgram: Reader<string> = (value) => {
  const path = readPath(value)
  if (!path.ok || isPlainPath(path.value)) return path
  const text = `${quoted(path.value)} has characters that a command line gives a meaning to`
  return bad('E_PATH', text, 'use letters, digits, "/", ".", "-", "_" and "+" only')
}

/** Whether a path needs no quotes anywhere. */
export function isPlainPath(path: string): boolean {
  return /^[A-Za-z0-9/._+-]+$/.test(path)
}

const VERSIONS = [2, 3] as const

const readVersion: Reader<2 | 3> = (value) => {
  const version = VERSIONS.find((known) => known === value)
  if (version !== undefined) return good(version)
  if (typeof value === 'number') return bad('E_CHOICE', `there is no VRRPv${value}`, 'write 3 or 2')
  return wrongType('2 or 3', value, 'write 3 or 2, without quotes')
}

/**
 * An address of a host; a prefix length would mean nothing.
 *
 * @param what it is, as in "a server's own address", with `advice` on what to write
 */
export function hostAddressReader(what: string, advice: string): Reader<string> {
  return (value) => {
    const address = readServiceAddress(value)
    if (!address.ok) {
      const text = address.complaint.text.replace('a service address', what)
      return bad('E_ADDRESS', text, advice)
    }
    if (address.value.prefixLength === null) return good(address.value.address)
    const hint = `write "${address.value.address}"`
    return bad('E_ADDRESS', `${quoted(String(value))} has a prefix length`, hint)
  }
}

const readOwnAddress = hostAddressReader(
  "a server's own address",
  'list the addresses that the server has by itself',
)

const serverEntry = table({
  addresses: key(
    listOfDifferent(leaf(readOwnAddress)),
    [],
    "The server's own addresses, without prefix length. Unicast sends from and to the first of each family.",
  ),
})

export const serversTable = tableByName(serverEntry)

const extraTable = table({
  file: key(passThrough('file'), [], 'Lines outside of all blocks, at the end.'),
  global_defs: key(passThrough('global_defs'), [], 'Lines for `global_defs`.'),
  vrrp_script: key(passThrough('vrrp_script'), [], 'Lines for each script.'),
  vrrp_sync_group: key(passThrough('vrrp_sync_group'), [], 'Lines for each sync group.'),
  vrrp_instance: key(passThrough('vrrp_instance'), [], 'Lines for each instance.'),
})

export const keepalivedTable = table({
  // One file an instance, followed at once, and one script.
  mode: key(
    choice(...VRRP_MODES),
    'track_file',
    'How keepalived reads what the daemon decided: from one file per instance, or by one script for each place in the server order (`"track_script"`), for a keepalived without `track_file`.',
  ),
  vrrp_version: key(leaf(readVersion), 3, 'The version of VRRP, `2` or `3`.'),
  advert_interval: optional(
    duration('10ms', '255s'),
    'From one VRRP advertisement to the next (`advert_int`). A backup takes over after about three times as long. VRRPv2 counts in whole seconds, VRRPv3 in hundredths, up to 40 s. Write `"1s"` where a busy hypervisor may stop a server for a third of a second.',
    `version 3: ${inToml(ADVERT[3])}, version 2: ${inToml(ADVERT[2])}`,
  ),
  interface: optional(leaf(readInterface), 'The interface of every instance that names no other.'),
  peering: key(
    choice('multicast', 'unicast'),
    'multicast',
    'How advertisements are sent, by `"multicast"` or `"unicast"`. With unicast each server has its own keepalived.conf.',
  ),
  script_user: tuning(
    key(leaf(readUser), 'root', 'The user that keepalived runs `check` and `notify` as.'),
  ),
  holdfast_path: tuning(
    key(
      leaf(readProgram),
      '/usr/local/bin/holdfast',
      'The path of the executable. None of its directories may be a symbolic link where `script_user` is root; the last part may be one.',
    ),
  ),
  script_interval: tuning(
    optional(
      duration('200ms', '60s'),
      'How often keepalived runs `holdfast check`, from 200 ms to 60 s. keepalived before 2.3.2 counts in whole seconds: for it the value is rounded up.',
      `mode \`track_file\`: ${inToml(SCRIPT_INTERVAL.track_file)}, \`track_script\`: ${inToml(SCRIPT_INTERVAL.track_script)}`,
    ),
  ),
  report_transitions: tuning(
    key(boolean, true, 'Whether keepalived reports its state changes to `holdfast notify`.'),
  ),
  auth_pass_file: key(
    path,
    null,
    'The file with the VRRPv2 password: one word of up to 8 characters that nobody but root may read. It guards against mistakes and not against attackers, because it is sent in clear.',
  ),
  extra_lines: key(extraTable, {}, 'Lines to pass through; see below.'),
})

export type KeepalivedTable = Output<typeof keepalivedTable>

/** A server that the order files may name, with its own addresses, the first of a family first. */
export interface ServerAddresses {
  readonly name: string
  readonly addresses: readonly FamilyAddress[]
}

/** Every server of the file with its own addresses. */
export function buildServers(servers: Output<typeof serversTable>): readonly ServerAddresses[] {
  return Object.entries(servers).map(([name, { addresses }]) => ({
    name,
    addresses: addresses.map(withFamily),
  }))
}

/** What keepalived's election is like: how soon a backup takes over. */
export interface ElectionConfig extends Pick<KeepalivedTable, 'mode' | 'vrrpVersion'> {
  readonly advertIntervalMs: number
}

/** How servers elect one of them; the daemon and the commands go by it as well. */
export function buildElection({
  mode,
  vrrpVersion,
  advertIntervalMs,
}: KeepalivedTable): ElectionConfig {
  return {
    mode,
    vrrpVersion,
    advertIntervalMs: advertIntervalMs ?? durationMs(ADVERT[vrrpVersion]),
  }
}

/** How often keepalived asks `check`. */
export function scriptIntervalOf({ mode, scriptIntervalMs }: KeepalivedTable): number {
  return scriptIntervalMs ?? durationMs(SCRIPT_INTERVAL[mode])
}
