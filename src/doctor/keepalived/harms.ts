// Lines of keepalived.conf that silence service addresses, turn clients away or bend the election, whoever wrote them.
import type { Statement } from '../../config/keepalived/reader.ts'
import { isOlder } from '../../keepalived/release.ts'
import { keepalivedCheck } from '../categories.ts'
import { type Finding, isSkip, ok, trouble } from '../check.ts'
import { configFact } from '../facts/config.ts'
import { installedConfFact, installedFact } from '../facts/keepalived-conf.ts'
import {
  droppedIn,
  type HarmfulLine,
  harmsIn,
  ownTableIn,
  takenByIpvs,
} from '../facts/keepalived-harms.ts'
import { modelOf } from '../facts/keepalived-model.ts'
import { releaseFact } from '../facts/keepalived-release.ts'
import { fact, type Host } from '../host.ts'
import { shell } from '../shell.ts'
import { carriers, withAddresses } from './conf.ts'
import { removals } from './removal.ts'
import { reload, stopAndStart } from './service.ts'

/** The first release to which `vrrp_strict off` means off. */
const READS_OFF = { major: 2, minor: 3, patch: 0 }

/** Lines that do harm to instances of the configuration; of all instances where there is none. */
const harmsFact = fact(async (host): Promise<readonly HarmfulLine[]> => {
  const installed = await installedConfFact(host)
  if (installed.kind === 'none') return []
  const release = await releaseFact(host)
  const harms = harmsIn(installed.conf, release !== null && !isOlder(release, READS_OFF))
  const config = await configFact(host)
  if (isSkip(config)) return harms
  // On a balancer it is IPVS that is to take them.
  const taken = config.balancer === null ? takenByIpvs(installed.conf) : []
  const blocks = modelOf(installed.conf).instances.map(withAddresses)
  const own = config.pools.flatMap((it) => it.instances)
  const names = own.flatMap((it) => carriers(it, blocks)).map((it) => it.name)
  return [...harms, ...taken].filter((it) => it.instance === null || names.includes(it.instance))
})

export const SILENCED = keepalivedCheck({
  code: 'H228',
  title: 'keepalived lets packets to the service addresses in',
  severity: 'fail',
  about: [
    'VRRP was made for routers, which answer nobody at the address that they share. With vrrp_strict, which is in the sample of keepalived, with strict_mode or with no_accept, keepalived holds the address and drops every packet to it by rules of its own. What a host sends to itself is dropped as well, but named is asked at its other addresses, and the election goes on. net_namespace takes the addresses to where named does not run.',
    'keepalived 2.2 takes "vrrp_strict off" for on. accept in the instance undoes the strictness in VRRPv3 alone.',
    'A reload does not help: keepalived forgets its rules then and leaves them in force, and a later restart does not find them any more. So it is stopped first, what is left of its rules is deleted, and it is started again. The rules are seen by root.',
  ],
  needs: { installed: installedFact },
  async judge(_, host) {
    const lines = (await harmsFact(host)).filter((it) => it.harm === 'silence')
    const rules = await ownRules(host)
    if (lines.length === 0 && rules.length === 0)
      return ok('no line and no rule of keepalived’s drops them')
    const what =
      lines.length === 0
        ? 'keepalived has left rules behind that drop every packet to service addresses.'
        : `${keywords(lines)} in keepalived.conf has every packet to the service addresses dropped.`
    return trouble(what, [...evidence(lines), ...rules], await remedies(host, lines))
  },
})

export const BENT = keepalivedCheck({
  code: 'H229',
  title: 'No line keeps servers from electing as holdfast means them to',
  severity: 'warn',
  about: [
    'holdfast says what each server is worth, and goes by how VRRP elects: a master that is silent for three adverts is given up, a server whose link is down leaves, and clients learn at once where the address has gone. Some lines of keepalived change that. They are refused in [keepalived.extra]; in a file that was written by hand they are told here, each with what comes of it.',
  ],
  needs: { installed: installedFact },
  judge: (_, host) => told(host, 'election', 'changes how servers elect'),
})

export const TURNED_AWAY = keepalivedCheck({
  code: 'H231',
  title: 'No line of keepalived.conf turns clients of the service addresses away',
  severity: 'fail',
  about: [
    'keepalived makes routes and rules (static_routes, static_rules, and virtual_routes and virtual_rules of an instance), and virtual servers of IPVS. A route or rule of type blackhole, prohibit, unreachable or throw gives no answer to whom it covers. A virtual_server at a service address has IPVS take the queries before named sees them, so named’s answers say nothing about what clients get.',
    'Routes and rules are told of the instances with service addresses, and all static ones. Virtual servers are told at port 53 or every port, where the configuration has no [balancer]; those of a firewall mark are not. They are refused in [keepalived.extra].',
  ],
  needs: { installed: installedFact },
  judge: (_, host) => told(host, 'away', 'turns clients of the service addresses away'),
})

/** Lines that are read by a reload when they are gone. */
async function told(host: Host, harm: HarmfulLine['harm'], what: string): Promise<Finding> {
  const lines = (await harmsFact(host)).filter((line) => line.harm === harm)
  if (lines.length === 0) return ok('there is none')
  return trouble(`${keywords(lines)} in keepalived.conf ${what}.`, evidence(lines), [
    ...(await removed(host, lines)),
    await reload(host),
  ])
}

function keywords(lines: readonly HarmfulLine[]): string {
  return [...new Set(lines.map((it) => it.keyword))].join(', ')
}

/** Each line once, whichever instances it is about. */
function evidence(lines: readonly HarmfulLine[]): string[] {
  return [...new Set(lines.map((it) => `${described(it.statement)}: ${it.why}`))]
}

function described({ file, line, words }: Statement): string {
  return `${file}:${line}: ${words.join(' ')}`
}

async function removed(host: Host, lines: readonly HarmfulLine[]): Promise<readonly string[]> {
  const installed = await installedConfFact(host)
  if (installed.kind === 'none') return []
  const statements = lines.map((it) => it.statement)
  return removals(statements, installed.conf.files)
}

const FAMILIES = ['ip', 'ip6'] as const

/** What keepalived's own tables drop of this server's service addresses, a line each. */
async function ownRules(host: Host): Promise<string[]> {
  const config = await configFact(host)
  if (host.inspect.uid !== 0 || isSkip(config)) return []
  const addresses = config.pools.flatMap((it) => it.instances.flatMap((i) => i.addresses))
  const table = await ownTableFact(host)
  const found = await Promise.all(
    FAMILIES.map(async (family) => {
      const run = await host.inspect.run('nft', ['list', 'table', family, table])
      const dropped = run.ok && run.value.code === 0 ? droppedIn(run.value.stdout) : []
      return dropped
        .filter((it) => addresses.includes(it))
        .map((it) => `nftables, table ${family} ${table}: packets to ${it} are dropped`)
    }),
  )
  return found.flat()
}

const ownTableFact = fact(async (host) => {
  const installed = await installedConfFact(host)
  return installed.kind === 'installed' ? ownTableIn(installed.conf) : 'keepalived'
})

async function remedies(host: Host, lines: readonly HarmfulLine[]): Promise<string[]> {
  const table = await ownTableFact(host)
  const left = `s/^table ip6\\? ${table}$/delete &/p`
  const [stop, start] = await stopAndStart(host)
  const clear = shell`nft list tables | sed -n ${left} | nft -f -`
  return [...(await removed(host, lines)), ...(stop === null ? [] : [stop]), clear, start]
}
