// The shape of [keepalived], [servers] and the VRRP keys of an instance, each with its bounds.
import * as v from 'valibot'
import { DEFAULTS } from '../defaults.ts'
import { type PassThroughBlock, passThrough } from '../keepalived/pass-through.ts'
import {
  choiceReader,
  durationReader,
  integerReader,
  interfaceReader,
  type Reader,
  readBoolean,
  readPath,
  readServiceAddress,
  textAs,
  wrongType,
} from '../readers.ts'
import { leaf, listOfDifferent, table, tableByName } from '../schema-parts.ts'
import { bad, good, quoted } from '../text/complaint.ts'
import { parseCidr } from '../values/cidr.ts'
import { readName } from '../values/name.ts'
import { VRRP_MODES } from './vrrp-config.ts'

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
  const version = VERSIONS.find((it) => it === value)
  if (version !== undefined) return good(version)
  if (typeof value === 'number') return bad('E_CHOICE', `there is no VRRPv${value}`, 'write 3 or 2')
  return wrongType('2 or 3', value, 'write 3 or 2, without quotes')
}

const choice = <const T extends string>(...words: readonly T[]) => leaf(choiceReader(words))
const linesFor = (block: PassThroughBlock) => v.optional(passThrough(block), [])

/** What an instance has beside its addresses; most of it only render-config asks for. */
export const vrrpInstanceEntries = {
  virtual_router_id: v.optional(leaf(integerReader(1, 255))),
  interface: v.optional(leaf(readInterface)),
  use_vmac: v.optional(leaf(readBoolean), DEFAULTS.instance.use_vmac),
  v6: v.optional(choice('excluded', 'instance'), DEFAULTS.instance.v6),
  extra: linesFor('vrrp_instance'),
} as const

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
  addresses: v.optional(listOfDifferent(leaf(readOwnAddress)), []),
})

export const serversTable = tableByName(serverEntry, readName)

const extraTable = table({
  file: linesFor('file'),
  global_defs: linesFor('global_defs'),
  vrrp_script: linesFor('vrrp_script'),
  vrrp_sync_group: linesFor('vrrp_sync_group'),
  vrrp_instance: linesFor('vrrp_instance'),
})

export const keepalivedTable = table({
  mode: v.optional(choice(...VRRP_MODES), DEFAULTS.keepalived.mode),
  version: v.optional(leaf(readVersion), DEFAULTS.keepalived.version),
  advert: v.optional(leaf(durationReader({ least: '10ms', most: '255s' }))),
  interface: v.optional(leaf(readInterface)),
  transport: v.optional(choice('multicast', 'unicast'), DEFAULTS.keepalived.transport),
  script_user: v.optional(leaf(readUser), DEFAULTS.keepalived.script_user),
  program: v.optional(leaf(readProgram), DEFAULTS.keepalived.program),
  check_interval: v.optional(leaf(durationReader({ least: '200ms', most: '60s' }))),
  notify: v.optional(leaf(readBoolean), DEFAULTS.keepalived.notify),
  secret_file: v.optional(leaf(readPath)),
  extra: v.optional(extraTable, {}),
})

/** The family of an address that has been read already. */
export function familyOf(address: string): 4 | 6 {
  return parseCidr(address)?.address.family ?? 4
}

export type KeepalivedTable = v.InferOutput<typeof keepalivedTable>
export type ServersTable = v.InferOutput<typeof serversTable>
