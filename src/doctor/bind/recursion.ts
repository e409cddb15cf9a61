// Whether the DNS server finds out what it does not know itself, and whether its cache would hide that it does not.
import type { UpstreamGroupConfig } from '../../config/config.ts'
import { isRandom, questionText } from '../../dns/probe.ts'
import { bindCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { type NamedStatement, namedConfFact, optionsOf, statementsOf } from '../facts/named.ts'
import type { Host } from '../host.ts'
import {
  type Asked,
  digFor,
  filteredIn,
  requiredFact,
  told,
  typed,
  upstreamGroupsFact,
} from './asking.ts'

export const RECURSION = bindCheck({
  code: 'H412',
  title: 'External names can be resolved',
  severity: 'fail',
  takesSeconds: true,
  needs: { upstream: upstreamGroupsFact },
  async judge({ upstream }, host) {
    if (upstream.some((asked) => asked.ruling === 'refused'))
      return skip('because of H408: named refuses the queries')
    const [local, isFiltered] = await Promise.all([requiredFact(host), filteredIn(host, upstream)])
    if (upstream.some((asked) => isFiltered(asked.endpoint)))
      return skip('because of H516: the firewall drops queries')
    if (!isSkip(local) && local.every((asked) => asked.ruling !== 'ok'))
      return skip('because of H407, H408, H409, H410: no probe passes')
    const rounds = [...Map.groupBy(upstream, (asked) => asked.group).values()]
    const down = rounds.find((round) => !holdsQuorum(round))
    if (down === undefined) return ok(`${upstream.length} answers`)
    const failed = down.filter((asked) => asked.ruling !== 'ok')
    const [first] = failed
    if (first?.group.kind !== 'upstream') return skip('no upstream group is configured')
    return trouble(
      `[checks.${first.group.name}]: ${passed(down)} probes pass, but the quorum is ${first.group.quorum}`,
      down.map(told),
      [digFor(first), ...(await forwarderCommands(host, first)), 'ip route get 198.51.100.1'],
    )
  },
})

function holdsQuorum(round: readonly Asked[]): boolean {
  const [first] = round
  return first?.group.kind !== 'upstream' || passed(round) >= first.group.quorum
}

/** Probes that are answered over all of their group's transports. */
function passed(round: readonly Asked[]): number {
  const probes = [...Map.groupBy(round, (asked) => asked.probe).values()]
  return probes.filter((answers) => answers.every((answer) => answer.ruling === 'ok')).length
}

/** Asks those whom named asks; without forwarders it asks the root servers. */
async function forwarderCommands(host: Host, { probe }: Asked): Promise<readonly string[]> {
  const conf = await namedConfFact(host)
  const options = conf.kind === 'conf' ? optionsOf(conf) : []
  const forwarders: readonly NamedStatement[] = statementsOf(options, 'forwarders')[0]?.block ?? []
  if (forwarders.length === 0) return ['dig +trace . NS']
  return forwarders.map(({ words }) => `dig @${words[0]} ${typed(probe)}`)
}

export const CACHE = bindCheck({
  code: 'H420',
  title: 'Cached answers do not hide an upstream outage',
  severity: 'warn',
  takesSeconds: true,
  needs: { upstream: upstreamGroupsFact },
  judge({ upstream }, host) {
    const hidden = [...Map.groupBy(upstream, (asked) => asked.group)].flatMap(([group, asked]) =>
      group.kind === 'upstream' ? hiddenIn(group, asked) : [],
    )
    const [first] = hidden
    if (first === undefined) return ok('every group notices an outage')
    const { group, ttlS } = first
    const table = `[checks.${group.name}]`
    return trouble(
      `Names in ${table} are answered from the cache for up to ${ttlS} s during an outage`,
      hidden.map(({ asked, ttlS }) => {
        return `${questionText(asked.probe.question)}: ${ttlS} s in the cache`
      }),
      [
        `# Set in ${host.paths.configFile}, ${table}: probes = [{ question = "holdfast-{random}.com A", rcode = "NXDOMAIN" }, …]`,
        'systemctl reload holdfast',
      ],
    )
  },
})

interface Hidden {
  readonly group: UpstreamGroupConfig
  readonly asked: Asked
  readonly ttlS: number
}

/** Answers that outlive the time in which the group should have noticed, the longest first. */
function hiddenIn(group: UpstreamGroupConfig, asked: readonly Asked[]): Hidden[] {
  if (group.probes.some(({ question }) => isRandom(question))) return []
  const kept = asked.map((query) => ({ group, asked: query, ttlS: query.answer.ttlS ?? 0 }))
  return kept
    .filter(({ ttlS }) => ttlS * 1000 > group.fall * group.intervalMs)
    .toSorted((one, other) => other.ttlS - one.ttlS)
}
