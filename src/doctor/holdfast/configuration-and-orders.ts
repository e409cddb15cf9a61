// The configuration and the order files: can they be read, have they errors, and do they know this server and the others?
import type { Config } from '../../config/config.ts'
import { forgottenServers, parseOrder, unknownServers } from '../../config/order-file.ts'
import type { Diagnostic } from '../../config/text/diagnostic.ts'
import { isSameServer, serverNames } from '../../config/values/server-name.ts'
import { diagnosticLine } from '../../documents/text.ts'
import { electedFact, holdfastCheck } from '../categories.ts'
import { factOf, ok, skip, trouble } from '../doctor-check.ts'
import { configFact, configReadingFact } from '../facts/loaded-config.ts'
import { type DaemonFact, daemonFact } from '../facts/running-daemon.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'

const MAX_ERRORS = 8

export const CONFIG_READABLE = holdfastCheck({
  code: 'H101',
  title: 'The configuration can be read',
  severity: 'fail',
  needs: { reading: configReadingFact },
  async judge({ reading }, host) {
    if (reading.kind !== 'unreadable') return ok(host.paths.configFile)
    if (reading.cause === 'denied' && host.inspect.uid !== 0) return skip('needs root to read it')
    const daemon = await daemonFact(host)
    return trouble(
      `${host.paths.configFile} cannot be read`,
      [reading.why, whatTheDaemonDoes(daemon)],
      [
        shell`ls -l ${host.paths.configFile}`,
        'put it back: it is the same on every server, so that any other one has a copy',
        ...(daemon.kind === 'dead' ? ['systemctl restart holdfast'] : []),
      ],
    )
  },
})

export const CONFIG_VALID = holdfastCheck({
  code: 'H102',
  title: 'The configuration has no errors',
  severity: 'fail',
  needs: { reading: configReadingFact },
  async judge({ reading }, host) {
    if (reading.kind === 'unreadable') return skip('the configuration cannot be read: H101')
    if (reading.kind === 'config') return ok(`${host.paths.configFile} is valid`)
    const { diagnostics } = reading
    const daemon = await daemonFact(host)
    const more = diagnostics.length - MAX_ERRORS
    return trouble(
      `${host.paths.configFile} has ${diagnostics.length === 1 ? '1 error' : `${diagnostics.length} errors`}`,
      [
        ...diagnostics.slice(0, MAX_ERRORS).map(diagnosticLine),
        ...(more > 0 ? [`and ${more} more`] : []),
        whatTheDaemonDoes(daemon),
      ],
      [
        shell`holdfast config check ${host.paths.configFile}`,
        daemon.kind === 'dead' ? 'systemctl restart holdfast' : 'systemctl reload holdfast',
      ],
    )
  },
})

/** What is told elsewhere of a daemon that does not run, here where its cause is told. */
function whatTheDaemonDoes(daemon: DaemonFact): string {
  return daemon.kind === 'dead'
    ? 'the daemon does not run, and will not start like this'
    : 'the daemon runs on with what it had'
}

interface OrderReading {
  readonly pool: string
  readonly file: string
  readonly order:
    | { readonly kind: 'order'; readonly servers: readonly string[]; readonly text: string }
    | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
    | { readonly kind: 'unreadable'; readonly why: string; readonly isDenied: boolean }
}

const ORDER_LIMIT_BYTES = 256 * 1024

const ordersFact = factOf({ config: configFact }, ({ config }, host) => {
  return config.pools.map(({ name: pool, orderFile: file }) => {
    return { pool, file, order: readOrder(host, file, serverNames(config)) }
  })
})

function readOrder(host: Host, file: string, servers: readonly string[]): OrderReading['order'] {
  const read = host.inspect.text(file, ORDER_LIMIT_BYTES)
  if (!read.ok) return { kind: 'unreadable', why: read.error, isDenied: read.why === 'denied' }
  const parsed = parseOrder(read.value, file, servers)
  return parsed.ok
    ? { kind: 'order', servers: parsed.value, text: read.value }
    : { kind: 'refused', diagnostics: parsed.diagnostics }
}

export const ORDERS_USABLE = holdfastCheck({
  code: 'H103',
  title: 'Every order file can be read and has no errors',
  severity: 'fail',
  needs: { elected: electedFact, orders: ordersFact },
  judge({ orders }, host) {
    const denied = orders.find(({ order }) => isDenied(order, host))
    if (denied !== undefined) return skip(`needs root to read ${denied.file}`)
    const bad = orders.filter(({ order }) => order.kind !== 'order')
    if (bad.length === 0) return ok(orders.map(({ file }) => file).join(', '))
    return trouble(
      `the order of ${bad.map(({ pool }) => pool).join(', ')} cannot be used`,
      bad.flatMap(({ order }) => complaintsIn(order)),
      ['holdfast order', ...bad.map(({ file }) => `${file}: one server a line, the best first`)],
    )
  },
})

function isDenied(order: OrderReading['order'], host: Host): boolean {
  return host.inspect.uid !== 0 && order.kind === 'unreadable' && order.isDenied
}

function complaintsIn(order: OrderReading['order']): readonly string[] {
  switch (order.kind) {
    case 'order':
      return []
    case 'refused':
      return order.diagnostics.slice(0, 3).map(diagnosticLine)
    case 'unreadable':
      return [order.why]
    default:
      return order satisfies never
  }
}

type Usable = OrderReading & {
  readonly order: Extract<OrderReading['order'], { kind: 'order' }>
}

/** The orders that can be used; the others are told by H103. */
const usableOrdersFact = factOf({ orders: ordersFact }, ({ orders }) => {
  const usable = orders.filter((order): order is Usable => order.order.kind === 'order')
  return usable.length > 0 ? usable : skip('no order can be used: H103')
})

const OF_ORDERS = { elected: electedFact, config: configFact, readings: usableOrdersFact }

/** Pools whose order neither lists this server nor has it commented out. */
function ignorantOf(server: string, readings: readonly Usable[]): readonly Usable[] {
  return readings.filter(
    ({ order, file, pool }) => forgottenServers(order.text, file, pool, [server]).length > 0,
  )
}

/** Lines that may mean this server or another one: the daemon takes them for neither. */
function vagueIn(config: Config, { order, file }: Usable): readonly string[] {
  const { name } = config.server
  if (order.servers.includes(name)) return []
  return unknownServers(order.text, file, serverNames(config), name).map(diagnosticLine)
}

const poolOf = ({ pool }: OrderReading) => pool

function hasNoTable({ server, servers }: Config): boolean {
  return servers.length > 0 && !servers.some(({ name }) => name === server.name)
}

export const SERVER_KNOWN = holdfastCheck({
  code: 'H104',
  title: "The order files know this server's name",
  severity: 'fail',
  needs: OF_ORDERS,
  judge({ config, readings }, host) {
    const { name } = config.server
    const vague = readings.flatMap((reading) => vagueIn(config, reading))
    if (vague.length > 0)
      return trouble(`an order may mean "${name}", which is this server, or another one`, vague, [
        `Write ${name} in full in these lines where this server is meant, on all servers.`,
      ])
    const ignorant = ignorantOf(name, readings)
    if (ignorant.length === 0 && !hasNoTable(config)) return ok(`this server is ${name}`)
    const evidence = ignorant.map(({ file, order }) => `${file} lists ${order.servers.join(', ')}`)
    const tables = `[servers] has ${config.servers.map((server) => server.name).join(', ')}`
    const who =
      ignorant.length === 0 ? '[servers]' : `the order of ${ignorant.map(poolOf).join(', ')}`
    return trouble(
      `${who} does not know a server "${name}", which is what this one is called`,
      [...evidence, ...(hasNoTable(config) ? [tables] : [])],
      remediesOf(config, ignorant, host.paths.configFile),
    )
  },
})

/** An order takes in no server that [servers] does not know, so that the table comes first. */
function remediesOf(
  config: Config,
  ignorant: readonly Usable[],
  file: string,
): readonly [string, ...string[]] {
  const { name } = config.server
  const adds = ignorant.map(({ pool }) => shell`holdfast order ${pool} --add ${name}`)
  return [
    `If this host is one of those, set name under [server] in ${file} to what it is called there.`,
    ...(hasNoTable(config) ? [`If it is new, add [servers.${name}] to ${file} first:`] : []),
    ...adds,
  ]
}

export const SERVER_LISTED = holdfastCheck({
  code: 'H105',
  title: 'No order has this server taken out',
  severity: 'warn',
  needs: OF_ORDERS,
  judge({ config, readings }) {
    const { name } = config.server
    const ignorant = ignorantOf(name, readings)
    const out = readings.filter(
      (reading) =>
        !reading.order.servers.includes(name) &&
        !ignorant.includes(reading) &&
        vagueIn(config, reading).length === 0,
    )
    if (out.length === 0) return ok(`${name} is not commented out`)
    return trouble(
      `${name} is taken out of ${out.map(({ pool }) => pool).join(', ')} by a "#" before its name`,
      out.flatMap(({ file, order }) =>
        linesWith(name, order.text).map((line) => `${file}:${line}`),
      ),
      out.map(({ pool }) => shell`holdfast order ${pool} --add ${name}`),
    )
  },
})

/** Lines with their numbers. */
function linesWith(word: string, text: string): readonly string[] {
  return text
    .split('\n')
    .map((line, index) => `${index + 1}: ${line.trim()}`)
    .filter((line) => line.split(/[\s#]+/).some((listed) => isSameServer(listed, word)))
}

export const OTHERS_KNOWN = holdfastCheck({
  code: 'H106',
  title: 'The order files and [servers] name the same servers',
  severity: 'warn',
  needs: OF_ORDERS,
  judge({ config, readings }) {
    const { name } = config.server
    if (config.servers.length === 0) return skip('the configuration has no [servers]')
    const isUnknown = ignorantOf(name, readings).length > 0 || hasNoTable(config)
    if (isUnknown || readings.some((reading) => vagueIn(config, reading).length > 0))
      return skip("this server's own name is unknown: H104")
    const names = config.servers.map((server) => server.name)
    const complaints = readings.flatMap((reading) => [
      ...unknownServers(reading.order.text, reading.file, names).map(diagnosticLine),
      ...names
        .filter((server) => ignorantOf(server, [reading]).length > 0)
        .map((server) => `${reading.file} does not name ${server}`),
    ])
    if (complaints.length === 0) return ok(`${names.length} servers, all of them known`)
    return trouble('an order file does not fit the servers that there are', complaints, [
      'holdfast order',
      'mend the order files, on every server, or add the missing [servers.NAME]',
    ])
  },
})
