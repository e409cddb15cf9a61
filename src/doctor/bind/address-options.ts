// Options of named's that lie in wait for a service address.
import { bindCheck } from '../categories.ts'
import { isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { type NamedStatement, namedConfFact, optionsOf, statementsOf } from '../facts/named.ts'
import { fact } from '../host.ts'
import { type AclWorld, aclMatches, aclsIn } from './acl.ts'
import { localnetsOf } from './rate-limit.ts'
import { type Plan, planFact, runningNamedFact } from './serving.ts'

interface Ground {
  readonly plan: Plan
  readonly statements: readonly NamedStatement[]
  /** Those in the block of options. */
  readonly options: readonly NamedStatement[]
}

/** named's configuration, where it can be held against service addresses. */
export const optionsFact = fact(async (host): Promise<Ground | Skip> => {
  const named = await runningNamedFact(host)
  if (isSkip(named)) return named
  const [conf, plan] = await Promise.all([namedConfFact(host), planFact(host)])
  if (conf.kind === 'refused')
    return skip('because of H405: named-checkconf rejects the configuration')
  if (conf.kind === 'unreadable') return skip(conf.why)
  if (isSkip(plan)) return plan
  if (plan.serviceAddresses.length === 0)
    return skip('because of H101, H102: no service addresses are known')
  return { plan, statements: conf.statements, options: optionsOf(conf) }
})

export const LISTEN_ON = bindCheck({
  code: 'H417',
  title: 'listen-on includes every service address',
  severity: 'fail',
  needs: { ground: optionsFact },
  judge({ ground: { plan, statements, options } }) {
    const here = new Set(plan.addresses.map((address) => address.address))
    const world: AclWorld = {
      acls: aclsIn(statements),
      // It is made anew whenever addresses change.
      isLocalhost: () => true,
      localnets: localnetsOf(plan.addresses),
    }
    const away = plan.serviceAddresses.filter((address) => !here.has(address))
    if (away.length === 0) return skip('all service addresses are on this host: see H404')
    const left = away.filter((address) => !wouldListen(options, address, world))
    const [first] = left
    if (first === undefined) return ok(`${away.length} service addresses that are not here now`)
    return trouble(
      `${[...new Set(left.map(optionFor))].join(' and ')} does not include ${left.join(', ')}`,
      left.map((address) => `${optionFor(address)} does not match ${address}`),
      [
        'named-checkconf -p | grep -A9 listen-on',
        `# Set in options { } of named.conf: ${optionFor(first)} { any; };`,
        'rndc reconfig',
      ],
    )
  },
})

export const SCAN = bindCheck({
  code: 'H418',
  title: 'automatic-interface-scan is on',
  severity: 'fail',
  needs: { ground: optionsFact },
  judge({ ground: { plan, options } }) {
    if (plan.onLoopback) return skip('loopback service addresses are always on this host')
    const [scan] = statementsOf(options, 'automatic-interface-scan')
    if (scan?.words[1] !== 'no') return ok('automatic-interface-scan is on')
    return trouble(
      'automatic-interface-scan is off: named does not notice new addresses',
      [`options: ${scan.words.join(' ')}`],
      ['# Set in options { } of named.conf: automatic-interface-scan yes;', 'rndc reconfig'],
    )
  },
})

export const QUERY_SOURCE = bindCheck({
  code: 'H419',
  title: 'Outgoing queries avoid service addresses (query-source)',
  severity: 'fail',
  needs: { ground: optionsFact },
  judge({ ground: { plan, statements, options } }) {
    const views = statementsOf(statements, 'view').map(({ block }) => block ?? [])
    const sources = [options, ...views].flatMap((block) => [
      ...statementsOf(block, 'query-source'),
      ...statementsOf(block, 'query-source-v6'),
    ])
    const wrong = sources.filter(({ words }) =>
      words.some((word) => plan.serviceAddresses.includes(word)),
    )
    const [first] = wrong
    if (first === undefined)
      return ok(
        sources.length === 0 ? 'query-source is not set' : 'query-source is not a service address',
      )
    return trouble(
      `named sends queries from a service address: ${first.words.join(' ')}`,
      wrong.map(({ words }) => words.join(' ')),
      [
        'ip -brief address',
        `# Set in named.conf: ${first.words[0]} address OWN-ADDRESS; or remove the statement.`,
        'rndc reconfig',
      ],
    )
  },
})

function optionFor(address: string): string {
  return address.includes(':') ? 'listen-on-v6' : 'listen-on'
}

/** Without any such statement named listens everywhere. */
function wouldListen(
  options: readonly NamedStatement[],
  address: string,
  world: AclWorld,
): boolean {
  const all = statementsOf(options, optionFor(address))
  if (all.length === 0) return true
  return all.filter(isPlain).some(({ block }) => aclMatches(block ?? [], address, world))
}

/** `listen-on port 853 tls NAME { … }` is for other clients, and so is what wants the PROXY protocol. */
function isPlain({ words }: NamedStatement): boolean {
  const at = words.indexOf('port')
  if (words.includes('tls') && words[words.indexOf('tls') + 1] !== 'none') return false
  return !words.includes('http') && !words.includes('proxy') && (at < 0 || words[at + 1] === '53')
}
