// The shape of holdfast.toml: which keys there are, what each holds, and its bounds.
import * as v from 'valibot'
import type { Transport } from '../dns/probe.ts'
import { balancerTable } from './balancer/balancer-schema.ts'
import { DEFAULTS } from './defaults.ts'
import { metricsTable } from './metrics-schema.ts'
import { notifyTable } from './notify/notify-schema.ts'
import { probe } from './probe-schema.ts'
import {
  choiceReader,
  durationReader,
  integerReader,
  readBoolean,
  readInterfacePattern,
  readNetwork,
  readNonEmpty,
  readPath,
  readServiceAddress,
  textAs,
} from './readers.ts'
import { leaf, list, listOfDifferent, table, tableByName } from './schema-parts.ts'
import { readName } from './values/name.ts'
import { keepalivedTable, serversTable, vrrpInstanceEntries } from './vrrp/vrrp-schema.ts'

const name = leaf(textAs('a name', readName))
const path = leaf(readPath)
const choice = <const T extends string>(...words: readonly T[]) => leaf(choiceReader(words))
const integer = (least: number, most: number) => leaf(integerReader(least, most))
/** A number of sweeps, rounds or passes. */
const count = integer(1, 100)
const duration = (least: string, most: string) => leaf(durationReader({ least, most }))

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp']

const server = table({
  name: v.optional(name),
})

const instance = table({
  addresses: v.optional(list(leaf(readServiceAddress)), []),
  direction: v.optional(choice('forward', 'reverse'), DEFAULTS.instance.direction),
  ...vrrpInstanceEntries,
})

const pool = table({
  order_file: v.optional(path),
  instances: v.optional(tableByName(instance, readName), {}),
})

/** What is left out depends on `kind`, and is filled in when the config is built. */
const group = table({
  kind: v.optional(choice('required', 'upstream'), DEFAULTS.group.kind),
  transports: v.optional(listOfDifferent(leaf(choiceReader(TRANSPORTS)))),
  timeout: v.optional(duration('10ms', '30s')),
  probes: v.optional(list(probe), []),
  quorum: v.optional(integer(1, 1000)),
  period: v.optional(duration('100ms', '1h')),
  fall: v.optional(count),
  rise: v.optional(count),
})

const addresses = table({
  exclude_interfaces: v.optional(list(leaf(readInterfacePattern)), [
    ...DEFAULTS.addresses.excludeInterfaces,
  ]),
  exclude: v.optional(list(leaf(readNetwork)), [...DEFAULTS.addresses.exclude]),
  standing: v.optional(leaf(readBoolean), DEFAULTS.addresses.standing),
  grace: v.optional(duration('0s', '10m'), DEFAULTS.addresses.grace),
  resync: v.optional(duration('1s', '1h'), DEFAULTS.addresses.resync),
})

const timing = table({
  period: v.optional(duration('10ms', '10m'), DEFAULTS.timing.period),
  late: v.optional(duration('1ms', '30s'), DEFAULTS.timing.late),
  confirm: v.optional(integer(0, 10), DEFAULTS.timing.confirm),
  confirm_spread: v.optional(duration('0s', '10s'), DEFAULTS.timing.confirm_spread),
  max_in_flight: v.optional(integer(1, 4096), DEFAULTS.timing.max_in_flight),
})

const flap = table({
  fall: v.optional(count, DEFAULTS.flap.fall),
  ok_after: v.optional(count, DEFAULTS.flap.ok_after),
  rise: v.optional(count, DEFAULTS.flap.rise),
  rise_holder: v.optional(count, DEFAULTS.flap.rise_holder),
  backoff_min: v.optional(duration('10ms', '1h'), DEFAULTS.flap.backoff_min),
  backoff_max: v.optional(duration('10ms', '1h'), DEFAULTS.flap.backoff_max),
  hold_down: v.optional(duration('0s', '1h'), DEFAULTS.flap.hold_down),
  probation: v.optional(duration('0s', '24h'), DEFAULTS.flap.probation),
  probation_max: v.optional(duration('0s', '24h'), DEFAULTS.flap.probation_max),
  patience: v.optional(duration('0s', '5m'), DEFAULTS.flap.patience),
  patience_max: v.optional(duration('0s', '5m'), DEFAULTS.flap.patience_max),
})

const paths = table({
  run_dir: v.optional(path, DEFAULTS.paths.run_dir),
  state_dir: v.optional(path, DEFAULTS.paths.state_dir),
})

const daemon = table({
  start_command: v.optional(list(leaf(readNonEmpty)), [...DEFAULTS.daemon.start_command]),
  log_level: v.optional(choice('error', 'warn', 'info', 'debug'), DEFAULTS.daemon.log_level),
})

const warm = table({
  names: v.optional(path),
  rate: v.optional(integer(1, 1000), DEFAULTS.warm.rate),
  standby_rate: v.optional(integer(0, 100), DEFAULTS.warm.standby_rate),
  limit: v.optional(duration('1s', '1h'), DEFAULTS.warm.limit),
})

export const documentSchema = table({
  server: v.optional(server, {}),
  pools: v.optional(tableByName(pool, readName), {}),
  checks: v.optional(tableByName(group, readName), {}),
  addresses: v.optional(addresses, {}),
  timing: v.optional(timing, {}),
  flap: v.optional(flap, {}),
  paths: v.optional(paths, {}),
  daemon: v.optional(daemon, {}),
  notify: v.optional(notifyTable),
  servers: v.optional(serversTable, {}),
  keepalived: v.optional(keepalivedTable, {}),
  warm: v.optional(warm, {}),
  metrics: v.optional(metricsTable, {}),
  balancer: v.optional(balancerTable),
})

/** A whole document, every value read. */
export type ConfigDocument = v.InferOutput<typeof documentSchema>
export type GroupTable = ConfigDocument['checks'][string]
