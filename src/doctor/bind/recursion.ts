// Whether the DNS server finds out what it does not know itself.
import { bindCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { namedConfFact, optionsOf, type Statement, statementsOf } from '../facts/named-conf.ts'
import type { Host } from '../host.ts'
import { type Asked, digFor, requiredFact, told, typed, upstreamGroupsFact } from './asking.ts'
import { filteredIn } from './filtered.ts'

export const RECURSION = bindCheck({
  code: 'H412',
  title: 'Names from outside can be resolved',
  severity: 'fail',
  takesSeconds: true,
  needs: { upstream: upstreamGroupsFact },
  async judge({ upstream }, host) {
    if (upstream.some((asked) => asked.ruling === 'refused')) return skip('refused: H408')
    const [local, isFiltered] = await Promise.all([requiredFact(host), filteredIn(host, upstream)])
    if (upstream.some((asked) => isFiltered(asked.target)))
      return skip('the firewall drops queries: H516')
    if (!isSkip(local) && local.every((asked) => asked.ruling !== 'ok'))
      return skip('nothing is answered: H407 to H410')
    const rounds = [...Map.groupBy(upstream, (asked) => asked.group).values()]
    const down = rounds.find((round) => !holdsQuorum(round))
    if (down === undefined) return ok(`${upstream.length} answers`)
    const failed = down.filter((asked) => asked.ruling !== 'ok')
    const [first] = failed
    if (first?.group.kind !== 'upstream') return skip('no upstream group is configured')
    return trouble(
      `Of the probes in [checks.${first.group.name}] ${passed(down)} are answered, and ${first.group.quorum} are wanted`,
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
  const forwarders: readonly Statement[] = statementsOf(options, 'forwarders')[0]?.block ?? []
  if (forwarders.length === 0) return ['dig +trace . NS']
  return forwarders.map(({ words }) => `dig @${words[0]} ${typed(probe)}`)
}
