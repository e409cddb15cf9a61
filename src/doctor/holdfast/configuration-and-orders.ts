// The configuration and the order files: can they be read, have they errors, and do they know this server and the others?

import type { Config } from '../../config/config.ts'
import { forgottenServers, parseOrder, unknownServers } from '../../config/order-file.ts'
import { isSameServer, serverNames } from '../../config/values/name.ts'
import { diagnosticLine } from '../../documents/text.ts'
import { electedFact, holdfastCheck, isRendering } from '../categories.ts'
import { factOf, notRead, ok, skip, trouble } from '../doctor-check.ts'
import { installedReadingFact } from '../facts/keepalived-conf.ts'
import { configFact, configReadingFact } from '../facts/loaded-config.ts'
import { type DaemonFact, daemonFact } from '../facts/running-daemon.ts'
import { shell } from '../shell.ts'

const MAX_ERRORS = 8

export const CONFIG_READABLE = holdfastCheck({
  code: 'H101',
  title: 'Configuration is readable',
  severity: 'fail',
  needs: { reading: configReadingFact },
  async judge({ reading }, host) {
    if (reading.kind !== 'unreadable') return ok(host.paths.configFile)
    if (reading.cause === 'denied' && host.inspect.uid !== 0) return skip('needs root to read it')
    const daemon = await daemonFact(host)
    return trouble(
      `${host.paths.configFile} is not readable`,
      [reading.why, whatTheDaemonDoes(daemon)],
      [
        shell`ls -l ${host.paths.configFile}`,
        '# Copy the file from another server: it is the same on all of them.',
        ...(daemon.kind === 'dead' ? ['systemctl restart holdfast'] : []),
      ],
    )
  },
})

export const CONFIG_VALID = holdfastCheck({
  code: 'H102',
  title: 'Configuration is valid',
  severity: 'fail',
  needs: { reading: configReadingFact },
  async judge({ reading }, host) {
    if (reading.kind === 'unreadable')
      return skip('because of H101: the configuration is not readable')
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
    ? 'the daemon is not running and cannot start like this'
    : 'the daemon still runs with the configuration that it loaded before'
}

/** An order that can be used. */
interface Order {
  readonly cluster: string
  readonly file: string
  readonly servers: readonly string[]
  readonly text: string
}

interface UnusableOrder {
  readonly cluster: string
  readonly file: string
  readonly complaints: readonly string[]
  readonly isDenied: boolean
}

const ORDER_LIMIT_BYTES = 256 * 1024

const ordersFact = factOf({ config: configFact }, ({ config }, host) => {
  const usable: Order[] = []
  const unusable: UnusableOrder[] = []
  for (const { name: cluster, orderFile: file } of config.clusters) {
    const refuse = (complaints: readonly string[], isDenied: boolean) =>
      unusable.push({ cluster, file, complaints, isDenied })
    const read = host.inspect.text(file, ORDER_LIMIT_BYTES)
    if (!read.ok) {
      refuse([read.error], read.why === 'denied')
      continue
    }
    const parsed = parseOrder(read.value, file, serverNames(config))
    if (parsed.ok) usable.push({ cluster, file, servers: parsed.value, text: read.value })
    else refuse(parsed.diagnostics.slice(0, 3).map(diagnosticLine), false)
  }
  return { usable, unusable }
})

export const ORDERS_USABLE = holdfastCheck({
  code: 'H103',
  title: 'Every order file is readable and valid',
  severity: 'fail',
  needs: { elected: electedFact, orders: ordersFact },
  judge({ orders: { usable, unusable } }, host) {
    const denied = unusable.find(({ isDenied }) => isDenied && host.inspect.uid !== 0)
    if (denied !== undefined) return skip(`needs root to read ${denied.file}`)
    if (unusable.length === 0) return ok(usable.map(({ file }) => file).join(', '))
    return trouble(
      `Order file of ${clustersOf(unusable)} is not usable`,
      unusable.flatMap(({ complaints }) => complaints),
      [
        'holdfast order',
        ...unusable.map(({ file }) => `# ${file}: one server per line, the best first`),
      ],
    )
  },
})

function clustersOf(orders: readonly { readonly cluster: string }[]): string {
  return orders.map(({ cluster }) => cluster).join(', ')
}

const OF_ORDERS = {
  elected: electedFact,
  config: configFact,
  /** One at least; those that cannot be used are told by H103. */
  orders: factOf({ orders: ordersFact }, ({ orders: { usable } }) =>
    usable.length > 0 ? usable : skip('because of H103: no order file is usable'),
  ),
}

/** Whether the order neither lists the server nor has it commented out. */
function forgets({ text, file, cluster }: Order, server: string): boolean {
  return forgottenServers(text, file, cluster, [server]).length > 0
}

/** Lines that may mean this server or another one: the daemon takes them for neither. */
function vagueIn(config: Config, { servers, text, file }: Order): readonly string[] {
  const { name } = config.server
  if (servers.includes(name)) return []
  return unknownServers(text, file, serverNames(config), name).map(diagnosticLine)
}

function hasNoTable({ server, servers }: Config): boolean {
  return servers.length > 0 && !servers.some(({ name }) => name === server.name)
}

export const SERVER_KNOWN = holdfastCheck({
  code: 'H104',
  title: 'This server is listed in every order file',
  severity: 'fail',
  needs: OF_ORDERS,
  judge({ config, orders }, host) {
    const { name } = config.server
    const vague = orders.flatMap((order) => vagueIn(config, order))
    if (vague.length > 0)
      return trouble(
        `An order file has a name that may mean this server, ${name}, or another one`,
        vague,
        [`# Write ${name} in full in these lines if they mean this server. Do so on all servers.`],
      )
    const ignorant = orders.filter((order) => forgets(order, name))
    if (ignorant.length === 0 && !hasNoTable(config)) return ok(`this server is ${name}`)
    const evidence = ignorant.map(({ file, servers }) => `${file} lists ${servers.join(', ')}`)
    const tables = `[servers] has ${config.servers.map((server) => server.name).join(', ')}`
    const who = ignorant.length === 0 ? '[servers]' : `the order file of ${clustersOf(ignorant)}`
    return trouble(
      `This server, ${name}, is not listed in ${who}`,
      [...evidence, ...(hasNoTable(config) ? [tables] : [])],
      remediesOf(config, ignorant, host.paths.configFile),
    )
  },
})

/** An order takes in no server that [servers] does not know, so that the table comes first. */
function remediesOf(
  config: Config,
  ignorant: readonly Order[],
  file: string,
): readonly [string, ...string[]] {
  const { name } = config.server
  const adds = ignorant.map(({ cluster }) => shell`holdfast order ${cluster} --add ${name}`)
  return [
    `# If this host is listed under another name, set [server] name in ${file} to that name.`,
    ...(hasNoTable(config) ? [`# If it is new, add [servers.${name}] to ${file} first:`] : []),
    ...adds,
  ]
}

export const SERVER_LISTED = holdfastCheck({
  code: 'H105',
  title: 'This server is not commented out in an order file',
  severity: 'warn',
  needs: OF_ORDERS,
  judge({ config, orders }) {
    const { name } = config.server
    const unlisted = orders.filter(({ servers }) => !servers.includes(name))
    const out = unlisted.filter(
      (order) => !forgets(order, name) && vagueIn(config, order).length === 0,
    )
    if (out.length === 0) return ok(`${name} is not commented out`)
    return trouble(
      `This server, ${name}, is commented out in the order file of ${clustersOf(out)}`,
      out.flatMap(({ file, text }) => linesWith(name, text).map((line) => `${file}:${line}`)),
      out.map(({ cluster }) => shell`holdfast order ${cluster} --add ${name}`),
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
  title: 'Order files and [servers] list the same servers',
  severity: 'warn',
  needs: OF_ORDERS,
  judge({ config, orders }) {
    const { name } = config.server
    if (config.servers.length === 0) return skip('the configuration has no [servers]')
    const isUnknown = hasNoTable(config) || orders.some((order) => forgets(order, name))
    if (isUnknown || orders.some((order) => vagueIn(config, order).length > 0))
      return skip('because of H104: this server is not listed')
    const names = config.servers.map((server) => server.name)
    const complaints = orders.flatMap((order) => [
      ...unknownServers(order.text, order.file, names).map(diagnosticLine),
      ...names
        .filter((server) => forgets(order, server))
        .map((server) => `${order.file} does not list ${server}`),
    ])
    if (complaints.length === 0) return ok(`${names.length} servers, all listed`)
    return trouble('Order files and [servers] list different servers', complaints, [
      'holdfast order',
      '# Fix the order files on every server, or add the missing [servers.NAME].',
    ])
  },
})

export const SHADOW_OVER = holdfastCheck({
  code: 'H107',
  title: 'Shadow mode is off if keepalived.conf is rendered',
  severity: 'warn',
  needs: { config: configFact, installed: installedReadingFact },
  judge({ config, installed }, host) {
    if (!config.server.shadow) return ok('shadow mode is off')
    const { configFile, keepalivedConf } = host.paths
    if (!installed.ok)
      return installed.why === 'missing'
        ? ok(`${keepalivedConf} does not exist`)
        : notRead(installed)
    if (!isRendering(installed.value.text))
      return ok(`${keepalivedConf} is not rendered by holdfast yet`)
    return trouble(
      'Shadow mode is on, but keepalived.conf is rendered by holdfast',
      [
        `${configFile} sets shadow under [server]`,
        `${keepalivedConf} has the first line of render-config`,
      ],
      [
        shell`sed -i -E '/^[[:space:]]*(server\\.)?shadow[[:space:]]*=/d' ${configFile}`,
        'systemctl reload holdfast',
        '# Under Ansible, set holdfast_shadow: false for this server instead.',
      ],
    )
  },
})
