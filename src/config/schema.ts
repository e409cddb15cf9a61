// The shape of holdfast.toml: its tables, and what the short ones hold.
import { balancerTable } from './balancer-table.ts'
import { addressesTable, flapTable, groupTable, timingTable } from './checks-table.ts'
import { passThrough } from './keepalived/pass-through.ts'
import { keepalivedTable, readInterface, serversTable } from './keepalived-table.ts'
import { type DeepPartial, key, type Output, optional, tuning } from './key.ts'
import { metricsTable } from './metrics-table.ts'
import { notifyTable } from './notify-table.ts'
import { readNonEmpty, readServiceAddress } from './readers.ts'
import {
  boolean,
  choice,
  duration,
  integer,
  leaf,
  list,
  name,
  path,
  table,
  tableByName,
} from './schema-parts.ts'

export const ORDER_DIR = '/etc/holdfast/order'

const server = table({
  name: optional(
    name,
    "This server's name, as in the order files. Leave it out, so that the file can be the same on every server.",
    "the host's name up to its first dot",
  ),
  shadow: key(
    boolean,
    false,
    'Whether the daemon only observes, because keepalived on this server does not use its priorities yet. `drain` refuses then, and the doctor skips what is about keepalived until `keepalived.conf` is one that `render-config` made.',
  ),
})

const instance = table({
  addresses: key(
    list(leaf(readServiceAddress)),
    [],
    'The service addresses, with or without prefix length. At least one. An address belongs to one instance only. Link-local addresses are refused.',
    '–',
  ),
  // Most instances read the order from its top; the second of a pair reads it from its end.
  reverse_order: key(
    boolean,
    false,
    'Whether the instance reads the server order from its end. With two instances, one each way, both addresses are on different servers while all are healthy.',
  ),
  virtual_router_id: optional(
    integer(1, 255),
    'The virtual router ID (VRID), from 1 to 255, not used by any other VRRP router on this network. `render-config` needs it. There is no default, because a router that is not yours may have any number.',
  ),
  interface: optional(
    leaf(readInterface),
    'The interface that gets the service addresses, and that carries the VRRP advertisements.',
    'that of `[keepalived]`',
  ),
  // A virtual MAC address needs care from switches; gratuitous ARP works everywhere.
  use_vmac: tuning(
    key(
      boolean,
      false,
      "Whether the addresses live on an interface of their own with VRRP's virtual MAC address.",
    ),
  ),
  // One election decides for both families, so that they never part.
  ipv6: tuning(
    key(
      choice('follow', 'separate'),
      'follow',
      'How IPv6 addresses move that are listed beside IPv4 ones: together with these, without an election (`"follow"`), or by an election of their own, tied to the first one in a sync group (`"separate"`).',
    ),
  ),
  extra_lines: tuning(
    key(
      passThrough('vrrp_instance'),
      [],
      "Lines for this instance's `vrrp_instance`; see `[keepalived.extra_lines]`.",
    ),
  ),
})

const cluster = table({
  order_file: optional(path, 'The server order of this cluster.', `\`${ORDER_DIR}/CLUSTER\``),
  instances: key(
    tableByName(instance),
    {},
    "The cluster's instances, one table each. At least one.",
    '–',
  ),
})

export const pathsTable = table({
  run_dir: key(
    path,
    '/run/holdfast',
    'The directory of `status.json` and of `priority/INSTANCE`, which keepalived tracks.',
  ),
  state_dir: key(path, '/var/lib/holdfast', 'The directory of what is kept over a reboot.'),
})

const daemon = table({
  start_command: tuning(
    key(
      list(leaf(readNonEmpty)),
      ['systemctl', 'start', 'holdfast'],
      'The command that `holdfast check --ensure` runs when the daemon is dead: a program and its arguments.',
    ),
  ),
  log_level: key(
    choice('error', 'warn', 'info', 'debug'),
    'info',
    '`"error"`, `"warn"`, `"info"` or `"debug"`.',
  ),
})

const cacheWarming = table({
  names_file: key(
    path,
    null,
    'The file with the names, one `NAME TYPE` per line. Without it no cache is warmed.',
  ),
  // A few thousand names in a minute: more than a cold server gets from its first clients.
  queries_per_second: key(
    integer(1, 1000),
    50,
    'Queries per second while `holdfast undrain` waits for the cache, from 1 to 1000.',
  ),
  // Enough to keep some thousands of popular names, and nothing that anybody upstream notices.
  standby_queries_per_second: key(
    integer(0, 100),
    1,
    'Queries per second on a server that holds no service address, from 0 (none) to 100.',
  ),
  // A return that takes longer than this is not a return.
  max_delay: key(
    duration('1s', '1h'),
    '1m',
    'How long cache warming may delay `undrain`, from 1 s to 1 h.',
  ),
})

export const documentSchema = table({
  server: key(server, {}),
  clusters: key(tableByName(cluster), {}),
  checks: key(tableByName(groupTable), {}),
  addresses: key(addressesTable, {}),
  timing: key(timingTable, {}),
  flap: key(flapTable, {}),
  paths: key(pathsTable, {}),
  daemon: key(daemon, {}),
  notify: optional(notifyTable),
  servers: key(serversTable, {}),
  keepalived: key(keepalivedTable, {}),
  cache_warming: key(cacheWarming, {}),
  metrics: key(metricsTable, {}),
  balancer: optional(balancerTable),
})

/** A whole document, every value read. */
export type ConfigDocument = Output<typeof documentSchema>
/** One in which any value may be missing. */
export type PartialDocument = DeepPartial<ConfigDocument>
export type InstanceTable = ConfigDocument['clusters'][string]['instances'][string]
