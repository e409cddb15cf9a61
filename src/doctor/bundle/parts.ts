// What goes into the bundle, all that a colleague would ask for, and how each part is taken.
import type { ClusterConfig, PathConfig } from '../../config/config.ts'
import type { FileFacts } from '../../ports.ts'
import { octal } from '../facts/accounts.ts'
import type { Host, HostPaths } from '../host.ts'

export interface Part {
  /** Its path in the bundle. */
  readonly name: string
  /** How it is had, for the list of contents. */
  readonly from: string
  readonly take: (host: Host) => Promise<Taken> | Taken
}

export type Taken =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string }

const MAX_FILE_BYTES = 16 * 1024 * 1024
const TAIL_CHARACTERS = 1024 * 1024
const PROGRAM_LIMIT_MS = 8000
const MAX_LISTED = 2000

/** A file, of a large one the end. */
function file(name: string, path: string): Part {
  return {
    name,
    from: path,
    take({ inspect }) {
      const read = inspect.text(path, MAX_FILE_BYTES)
      return read.ok ? { ok: true, text: tailOf(read.value) } : { ok: false, why: read.error }
    },
  }
}

/** What a program says on both of its streams. Its failure is worth reading, too. */
function program(name: string, command: string, args: readonly string[]): Part {
  return {
    name,
    from: [command, ...args].join(' '),
    async take({ inspect }) {
      const ran = await inspect.run(command, args, { limitMs: PROGRAM_LIMIT_MS })
      if (!ran.ok) return { ok: false, why: ran.error }
      const { code, stdout, stderr } = ran.value
      const ending = code === 0 ? '' : `\n(exit code ${code})\n`
      return { ok: true, text: `${tailOf(stdout)}${tailOf(stderr)}${ending}` }
    },
  }
}

/** Files one after the other, each below its path. */
function files(name: string, paths: readonly string[]): Part {
  return {
    name,
    from: paths.join(' '),
    async take(host) {
      const texts = await Promise.all(
        paths.map(async (path) => {
          const taken = await file(name, path).take(host)
          return `== ${path}\n${taken.ok ? taken.text.trimEnd() : taken.why}\n`
        }),
      )
      return { ok: true, text: texts.join('\n') }
    },
  }
}

/** Names, sizes and owners of what is in a folder, and never what is in its files. */
function listing(name: string, path: string): Part {
  return {
    name,
    from: `the names in ${path}`,
    take({ inspect }) {
      const names = inspect.list(path)
      if (!names.ok) return { ok: false, why: names.error }
      const lines = names.value.slice(0, MAX_LISTED).map((text) => {
        const stat = inspect.stat(`${path}/${text}`)
        return `${stat.ok ? factsText(stat.value) : stat.error}  ${text}`
      })
      return { ok: true, text: [`${names.value.length} in ${path}`, ...lines, ''].join('\n') }
    },
  }
}

function factsText({ kind, mode, uid, gid, sizeBytes, modifiedMs }: FileFacts): string {
  const modified = new Date(modifiedMs).toISOString()
  return `${kind} ${octal(mode)} ${uid}:${gid} ${sizeBytes} ${modified}`
}

/** From the beginning of a line on. */
function tailOf(text: string): string {
  if (text.length <= TAIL_CHARACTERS) return text
  const tail = text.slice(-TAIL_CHARACTERS)
  return `(the end of it)\n${tail.slice(tail.indexOf('\n') + 1)}`
}

interface PartsSite extends HostPaths {
  readonly paths: PathConfig
  readonly clusters: readonly ClusterConfig[]
  /** A load balancer's real servers, by their files' names; none on a DNS server. */
  readonly backends: readonly string[]
}

export function partsFor(site: PartsSite): readonly Part[] {
  return [
    ...hostParts(),
    ...holdfastParts(site),
    ...(site.backends.length === 0 ? [] : balancerParts(site)),
    ...keepalivedParts(site),
    ...bindParts(site),
    ...networkParts(),
    ...UNITS.flatMap(unitParts),
  ]
}

const UNITS = ['holdfast', 'keepalived', 'named'] as const
const JOURNAL_LINES = '2000'

function hostParts(): Part[] {
  return [
    file('host/os-release', '/etc/os-release'),
    program('host/uname', 'uname', ['-a']),
    file('host/uptime', '/proc/uptime'),
    program('host/time', 'timedatectl', ['show']),
    program('host/disks', 'df', ['-h']),
    file('host/memory', '/proc/meminfo'),
    program('host/processes', 'ps', ['-o', PROCESS_FIELDS, '-C', 'holdfast,keepalived,named']),
    program('host/failed-units', 'systemctl', ['list-units', '--failed', '--no-pager']),
  ]
}

const PROCESS_FIELDS = 'pid,ppid,user,stat,etimes,rss,nlwp,args'

function holdfastParts({ configFile, paths, clusters }: PartsSite): Part[] {
  const { runDir, stateDir } = paths
  return [
    file('holdfast/holdfast.toml', configFile),
    ...clusters.map(({ name, orderFile }) => file(`holdfast/order/${name}`, orderFile)),
    file('holdfast/status.json', `${runDir}/status.json`),
    file('holdfast/tally.json', `${runDir}/tally.json`),
    file('holdfast/override.json', `${stateDir}/override.json`),
    file('holdfast/history.jsonl', `${stateDir}/history.jsonl`),
    listing('holdfast/spool', `${stateDir}/spool`),
    listing('holdfast/run', runDir),
    listing('holdfast/priority', `${runDir}/priority`),
    listing('holdfast/state', stateDir),
  ]
}

function balancerParts({ paths, backends }: PartsSite): Part[] {
  const { runDir, stateDir } = paths
  const weights = backends.map((name) => `${runDir}/weight/${name}`)
  const orders = backends.map((name) => `${stateDir}/backend/${name}.json`)
  return [
    files('holdfast/weights', weights),
    listing('holdfast/weight', `${runDir}/weight`),
    files('holdfast/backends', orders),
  ]
}

function keepalivedParts({ keepalivedConf }: PartsSite): Part[] {
  return [
    program('keepalived/version', 'keepalived', ['--version']),
    file('keepalived/installed.conf', keepalivedConf),
    program('keepalived/config-test', 'keepalived', [
      '--config-test',
      `--use-file=${keepalivedConf}`,
    ]),
  ]
}

function bindParts({ namedConf }: PartsSite): Part[] {
  return [
    program('bind/version', 'named', ['-V']),
    // Without its keys: -x.
    program('bind/named-checkconf', 'named-checkconf', ['-px', namedConf]),
    program('bind/rndc-status', 'rndc', ['status']),
    file('bind/resolv.conf', '/etc/resolv.conf'),
  ]
}

function networkParts(): Part[] {
  return [
    program('network/addresses', 'ip', ['-d', 'address']),
    program('network/links', 'ip', ['-d', '-s', 'link']),
    program('network/routes', 'ip', ['route', 'show', 'table', 'all']),
    program('network/routes6', 'ip', ['-6', 'route', 'show', 'table', 'all']),
    program('network/rules', 'ip', ['rule']),
    program('network/neighbours', 'ip', ['neighbour']),
    program('network/multicast', 'ip', ['maddress']),
    program('network/sockets', 'ss', ['-lntuwp']),
    files(
      'network/proc',
      ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6', 'snmp', 'ip_vs'].map(procNet),
    ),
    program('network/nftables', 'nft', ['list', 'ruleset']),
    program('network/iptables', 'iptables-save', []),
    program('network/ip6tables', 'ip6tables-save', []),
    program('network/sysctl', 'sysctl', ['-a', '--pattern', SYSCTLS]),
  ]
}

function procNet(name: string): string {
  return `/proc/net/${name}`
}

const SYSCTLS =
  '^net\\.ipv[46]\\..*(nonlocal_bind|arp_|accept_local|vs\\.expire|rp_filter|accept_dad|dad_|accept_ra|forwarding|disable_ipv6|igmp)|^net\\.core\\.[rw]mem|^fs\\.(file-max|inotify)'

function unitParts(unit: string): Part[] {
  return [
    program(`systemd/${unit}.status`, 'systemctl', ['status', '--no-pager', '--full', unit]),
    program(`systemd/${unit}.show`, 'systemctl', ['show', '--no-pager', unit]),
    program(`systemd/${unit}.cat`, 'systemctl', ['cat', '--no-pager', unit]),
    program(`journal/${unit}`, 'journalctl', [
      ...['--unit', unit, '--lines', JOURNAL_LINES],
      ...['--no-pager', '--output', 'short-iso-precise'],
    ]),
  ]
}
