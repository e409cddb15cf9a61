// Lines of keepalived.conf that silence service addresses, turn clients away or bend the election, whoever wrote them.
import type { Statement } from '../../config/keepalived/reader.ts'
import { isOlder } from '../../keepalived/release.ts'
import { keepalivedCheck } from '../categories.ts'
import { type Finding, isSkip, ok, trouble } from '../doctor-check.ts'
import { type Installed, installedFact } from '../facts/keepalived-conf.ts'
import {
  droppedIn,
  type HarmfulLine,
  harmsIn,
  ownTableIn,
  takenByIpvs,
} from '../facts/keepalived-harms.ts'
import { modelOf } from '../facts/keepalived-model.ts'
import { releaseFact } from '../facts/keepalived-program.ts'
import { configFact, instancesIn, serviceAddressesIn } from '../facts/loaded-config.ts'
import { fact, type Host } from '../host.ts'
import { shell } from '../shell.ts'
import { carriers, withAddresses } from './carriers.ts'
import { removals } from './removal.ts'
import { reload, stopAndStart } from './service.ts'

/** The first release to which `vrrp_strict off` means off. */
const READS_OFF = { major: 2, minor: 3, patch: 0 }

/** Lines that do harm to instances of the configuration; of all instances where there is none. */
const harmsFact = fact(async (host): Promise<readonly HarmfulLine[]> => {
  const installed = await installedFact(host)
  if (isSkip(installed)) return []
  const release = await releaseFact(host)
  const harms = harmsIn(installed.conf, release !== null && !isOlder(release, READS_OFF))
  const config = await configFact(host)
  if (isSkip(config)) return harms
  // On a balancer it is IPVS that is to take them.
  const taken = config.balancer === null ? takenByIpvs(installed.conf) : []
  const blocks = modelOf(installed.conf).instances.map(withAddresses)
  const own = instancesIn(config)
  const names = own.flatMap((instance) => carriers(instance, blocks)).map((entry) => entry.name)
  return [...harms, ...taken].filter(
    (harm) => harm.instance === null || names.includes(harm.instance),
  )
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
  needs: { installed: installedFact, harms: harmsFact },
  async judge({ installed, harms }, host) {
    const lines = harms.filter((line) => line.harm === 'silence')
    const table = ownTableIn(installed.conf)
    const rules = await ownRules(host, table)
    if (lines.length === 0 && rules.length === 0)
      return ok('no line and no rule of keepalived’s drops them')
    const what =
      lines.length === 0
        ? 'keepalived has left rules behind that drop every packet to service addresses.'
        : `${keywords(lines)} in keepalived.conf has every packet to the service addresses dropped.`
    return trouble(
      what,
      [...evidence(lines), ...rules],
      [...removed(installed, lines), ...(await startedAnew(host, table))],
    )
  },
})

export const BENT = keepalivedCheck({
  code: 'H229',
  title: 'No line keeps servers from electing as holdfast means them to',
  severity: 'warn',
  about: [
    'holdfast says what each server is worth, and goes by how VRRP elects: a master that is silent for three adverts is given up, a server whose link is down leaves, and clients learn at once where the address has gone. Some lines of keepalived change that. They are refused in [keepalived.extra]; in a file that was written by hand they are told here, each with what comes of it.',
  ],
  needs: { installed: installedFact, harms: harmsFact },
  judge: (facts, host) => told(host, facts, 'election', 'changes how servers elect'),
})

export const TURNED_AWAY = keepalivedCheck({
  code: 'H231',
  title: 'No line of keepalived.conf turns clients of the service addresses away',
  severity: 'fail',
  about: [
    'keepalived makes routes and rules (static_routes, static_rules, and virtual_routes and virtual_rules of an instance), and virtual servers of IPVS. A route or rule of type blackhole, prohibit, unreachable or throw gives no answer to whom it covers. A virtual_server at a service address has IPVS take the queries before named sees them, so named’s answers say nothing about what clients get.',
    'Routes and rules are told of the instances with service addresses, and all static ones. Virtual servers are told at port 53 or every port, where the configuration has no [balancer]; those of a firewall mark are not. They are refused in [keepalived.extra].',
  ],
  needs: { installed: installedFact, harms: harmsFact },
  judge: (facts, host) => told(host, facts, 'away', 'turns clients of the service addresses away'),
})

/** Lines that are read by a reload when they are gone. */
async function told(
  host: Host,
  { installed, harms }: { readonly installed: Installed; readonly harms: readonly HarmfulLine[] },
  harm: HarmfulLine['harm'],
  what: string,
): Promise<Finding> {
  const lines = harms.filter((line) => line.harm === harm)
  if (lines.length === 0) return ok('there is none')
  return trouble(`${keywords(lines)} in keepalived.conf ${what}.`, evidence(lines), [
    ...removed(installed, lines),
    await reload(host),
  ])
}

function keywords(lines: readonly HarmfulLine[]): string {
  return [...new Set(lines.map((line) => line.keyword))].join(', ')
}

/** Each line once, whichever instances it is about. */
function evidence(lines: readonly HarmfulLine[]): string[] {
  return [...new Set(lines.map((line) => `${described(line.statement)}: ${line.why}`))]
}

function described({ file, line, words }: Statement): string {
  return `${file}:${line}: ${words.join(' ')}`
}

function removed({ conf }: Installed, lines: readonly HarmfulLine[]): readonly string[] {
  const statements = lines.map((line) => line.statement)
  return removals(statements, conf.files)
}

const FAMILIES = ['ip', 'ip6'] as const

/** What keepalived's own tables drop of this server's service addresses, a line each. */
async function ownRules(host: Host, table: string): Promise<string[]> {
  const config = await configFact(host)
  if (host.inspect.uid !== 0 || isSkip(config)) return []
  const addresses = serviceAddressesIn(config)
  const found = await Promise.all(
    FAMILIES.map(async (family) => {
      const run = await host.inspect.run('nft', ['list', 'table', family, table])
      const dropped = run.ok && run.value.code === 0 ? droppedIn(run.value.stdout) : []
      return dropped
        .filter((address) => addresses.has(address))
        .map((address) => `nftables, table ${family} ${table}: packets to ${address} are dropped`)
    }),
  )
  return found.flat()
}

async function startedAnew(host: Host, table: string): Promise<string[]> {
  const left = `s/^table ip6\\? ${table}$/delete &/p`
  const [stop, start] = await stopAndStart(host)
  const clear = shell`nft list tables | sed -n ${left} | nft -f -`
  return [...(stop === null ? [] : [stop]), clear, start]
}
