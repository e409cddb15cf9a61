// What render-config needs beyond a valid file: keys that the daemon does without.

import { electionsOf, type InstanceAt, instancesOf } from './keepalived-rules.ts'
import { isPlainPath } from './keepalived-table.ts'
import type { Partly } from './key.ts'
import type { ConfigDocument } from './schema.ts'
import { type KeyPath, type PlacedComplaint, quoted } from './text/complaint.ts'
import { familyOf } from './values/ip.ts'

type PartlyDocument = Partly<ConfigDocument>

/**
 * Everything that is missing for keepalived.conf, each at the table where it belongs.
 *
 * @param server this server, for which unicast needs a source
 */
export function checkNeeds(document: PartlyDocument, server: string): PlacedComplaint[] {
  const instances = instancesOf(document)
  return [
    ...instances.flatMap((at) => needsOf(document, at)),
    ...needsOfMode(document),
    ...needsOfUnicast(document, instances, server),
    ...needsOfPaths(document),
  ]
}

function need(path: KeyPath, text: string, hint: string, at?: 'key'): PlacedComplaint {
  return { code: 'E_RENDER', path, text, hint, ...(at === undefined ? {} : { at }) }
}

function needsOf({ keepalived }: PartlyDocument, { name, path, table }: InstanceAt) {
  const complaints: PlacedComplaint[] = []
  if (table.virtualRouterId === undefined) {
    const text = `instance ${quoted(name)} has no virtual_router_id`
    const hint =
      'add virtual_router_id = N, a number from 1 to 255 that no other router on the link has'
    complaints.push(need(path, text, hint, 'key'))
  }
  if (table.interface === undefined && keepalived?.interface === undefined) {
    const text = `instance ${quoted(name)} has no interface`
    const hint = 'add interface = "eth0" to it, or under [keepalived] for all instances'
    complaints.push(need(path, text, hint, 'key'))
  }
  for (const [index, written] of (table.addresses ?? []).entries()) {
    if (written?.address === undefined || written.prefixLength !== null) continue
    const { address } = written
    const length = familyOf(address) === 4 ? 24 : 64
    const text = `the service address ${address} has no prefix length`
    const hint = `write "${address}/${length}" with the length of the network on that interface`
    complaints.push(need([...path, 'addresses', index], text, hint))
  }
  return complaints
}

/** A script for each slot, and there is a slot for each server: so all must be known. */
function needsOfMode({ keepalived, servers = {} }: PartlyDocument): PlacedComplaint[] {
  if (keepalived?.mode !== 'track_script' || Object.keys(servers).length > 0) return []
  const text =
    'track_script makes one script for each place in the order: how many servers are there?'
  const hint = 'add a table [servers.NAME] for each server that the order files may list'
  return [need(['keepalived', 'mode'], text, hint)]
}

function needsOfUnicast(
  { keepalived, servers = {} }: PartlyDocument,
  instances: readonly InstanceAt[],
  server: string,
): PlacedComplaint[] {
  if (keepalived?.transport !== 'unicast') return []
  const here = ['keepalived', 'transport']
  const names = Object.keys(servers)
  if (!names.includes(server)) {
    const text = `unicast needs to know this server, and there is no [servers.${server}]`
    return [need(here, text, `add [servers.${server}] with addresses = ["192.0.2.1"]`)]
  }
  if (names.length === 1) {
    const text = 'unicast needs a server to send to, and [servers] has no other than this one'
    return [need(here, text, 'add a table [servers.NAME] for each server')]
  }
  const families = new Set(instances.flatMap(({ table }) => [...electionsOf(table)]))
  return Object.entries(servers).flatMap(([name, table]) =>
    [...families]
      .filter(
        (family) => !table?.addresses?.some((address) => address && familyOf(address) === family),
      )
      .map((family) => {
        const text = `unicast needs an IPv${family} address of server ${quoted(name)}`
        const hint = `add it to addresses under [servers.${name}]`
        return need(['servers', name], text, hint, 'key')
      }),
  )
}

/** Both stand in a shell's command line and in keepalived's. */
function needsOfPaths({ paths }: PartlyDocument): PlacedComplaint[] {
  const written = [['run_dir', paths?.runDir] as const, ['state_dir', paths?.stateDir] as const]
  return written.flatMap(([key, path]) => {
    if (path === undefined || isPlainPath(path)) return []
    const text = `${quoted(path)} has characters that a command line gives a meaning to`
    const hint = 'use letters, digits, "/", ".", "-", "_" and "+" only'
    return [need(['paths', key], text, hint)]
  })
}
