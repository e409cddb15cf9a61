// The shape of holdfast.toml: its tables, and what the short ones hold.
import { balancerTable } from './balancer-table.ts'
import { addressesTable, flapTable, groupTable, timingTable } from './checks-table.ts'
import { passThrough } from './keepalived/pass-through.ts'
import { keepalivedTable, readInterface, serversTable } from './keepalived-table.ts'
import { type DeepPartial, key, type Output, optional } from './key.ts'
import { metricsTable } from './metrics-table.ts'
import { notifyTable } from './notify-table.ts'
import { readNonEmpty, readServiceAddress } from './readers.ts'
import {
  boolean,
  choice,
  duration,
  integer,
  inUnit,
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
    'This server, as the order files spell it. Leave it out so that the file can be the same on every server.',
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
    'The service addresses, with or without prefix length. At least one. An address belongs to one instance only. Link-local addresses do not belong here, since clients do not ask them.',
    '–',
  ),
  // Most instances read the order as it stands; the second of a pair says "reverse".
  direction: key(
    choice('forward', 'reverse'),
    'forward',
    'Whether the instance reads the order as it stands, or from its end (`"reverse"`). With two instances, one each way, the load is shared while all is well.',
  ),
  virtual_router_id: optional(
    integer(1, 255),
    "VRRP's number for the instance, from 1 to 255. No other router on the link may have it. `render-config` needs it.",
  ),
  interface: optional(
    leaf(readInterface),
    'Where the service addresses go, and where the servers hear each other.',
    'that of `[keepalived]`',
  ),
  // A virtual MAC address needs care from switches; gratuitous ARP works everywhere.
  use_vmac: key(
    boolean,
    false,
    "Whether the addresses live on an interface of their own with VRRP's virtual MAC address.",
  ),
  // One election decides for both families, so that they never part.
  v6: key(
    choice('excluded', 'instance'),
    'excluded',
    'What becomes of IPv6 addresses beside IPv4 ones: they move along with the election of the others (`"excluded"`), or have an election of their own, tied to the first one in a sync group (`"instance"`).',
  ),
  extra: key(
    passThrough('vrrp_instance'),
    [],
    "Lines for this instance's `vrrp_instance`; see `[keepalived.extra]`.",
  ),
})

const pool = table({
  order_file: optional(path, 'The order of servers for this pool.', `\`${ORDER_DIR}/POOL\``),
  instances: key(
    tableByName(instance),
    {},
    "The pool's instances, one table each. At least one.",
    '–',
  ),
})

export const pathsTable = table({
  run_dir: key(
    path,
    '/run/holdfast',
    'The folder of `status.json` and `priority/INSTANCE`, which keepalived watches.',
  ),
  state_dir: key(path, '/var/lib/holdfast', 'The folder of what outlives a reboot.'),
})

const daemon = table({
  start_command: key(
    list(leaf(readNonEmpty)),
    ['systemctl', 'start', 'holdfast'],
    'What `holdfast check --ensure` runs when the daemon is dead: a program and its arguments.',
  ),
  log_level: key(
    choice('error', 'warn', 'info', 'debug'),
    'info',
    '`"error"`, `"warn"`, `"info"` or `"debug"`.',
  ),
})

const warm = table({
  names: key(
    inUnit('File', path),
    null,
    'The file with the names, one `NAME TYPE` a line. Without it nothing is asked.',
  ),
  // A few thousand names in a minute: more than a cold server gets from its first clients.
  rate: key(
    inUnit('PerS', integer(1, 1000)),
    50,
    'Queries a second while `holdfast undrain` waits for the cache, from 1 to 1000.',
  ),
  // Enough to keep some thousands of popular names, and nothing that anybody upstream notices.
  standby_rate: key(
    inUnit('PerS', integer(0, 100)),
    1,
    'Queries a second of a daemon that holds no service address, from 0 (none) to 100.',
  ),
  // A return that takes longer than this is not a return.
  limit: key(duration('1s', '1h'), '1m', 'How long warming may delay a return, from 1 s to 1 h.'),
})

export const documentSchema = table({
  server: key(server, {}),
  pools: key(tableByName(pool), {}),
  checks: key(tableByName(groupTable), {}),
  addresses: key(addressesTable, {}),
  timing: key(timingTable, {}),
  flap: key(flapTable, {}),
  paths: key(pathsTable, {}),
  daemon: key(daemon, {}),
  notify: optional(notifyTable),
  servers: key(serversTable, {}),
  keepalived: key(keepalivedTable, {}),
  warm: key(warm, {}),
  metrics: key(metricsTable, {}),
  balancer: optional(balancerTable),
})

/** A whole document, every value read. */
export type ConfigDocument = Output<typeof documentSchema>
/** One in which any value may be missing. */
export type PartialDocument = DeepPartial<ConfigDocument>
export type InstanceTable = ConfigDocument['pools'][string]['instances'][string]
