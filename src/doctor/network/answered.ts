// Whether the queries of clients that arrive are answered: by what is on the wire, and what the kernel counts of it.
import type { Config } from '../../config/config.ts'
import { readQuestion } from '../../config/values/question.ts'
import type { Question, Transport } from '../../dns/probe.ts'
import { networkCheck } from '../categories.ts'
import { type Finding, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { type Link, linksFact } from '../facts/ip-command.ts'
import { configFact, serviceAddressesIn } from '../facts/loaded-config.ts'
import { type Packet, type QueryTraffic, trafficFact } from '../facts/queries.ts'
import type { Host } from '../host.ts'
import { SILENCED } from '../keepalived/harms.ts'
import { remedyFor } from './advert-firewall.ts'
import { firewallFact, hintsAt, type Lost } from './firewall.ts'
import { isLostInKernel, ownLosses, type Reception, receptionOf } from './reception.ts'

export const FIREWALL_DNS = networkCheck({
  code: 'H516',
  title: 'Firewall allows DNS in and out (UDP and TCP)',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [SILENCED],
  needs: { config: configFact, links: linksFact },
  async judge({ config, links }, host) {
    if (config.balancer !== null)
      return skip('unknown: IPVS forwards queries, and responses take another way')
    const traffic = await trafficFact(host)
    return isSkip(traffic) ? traffic : lookAtQueries(host, traffic, endpointsIn(config, links))
  },
})

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp']

function endpointsIn(config: Config, links: readonly Link[]) {
  const here = new Set(links.flatMap((link) => link.addresses).map((address) => address.address))
  const service = [...serviceAddressesIn(config)].filter((serviceAddress) =>
    here.has(serviceAddress),
  )
  return service.flatMap((address) => TRANSPORTS.map((transport) => ({ transport, address })))
}

async function lookAtQueries(
  host: Host,
  traffic: QueryTraffic,
  endpoints: ReturnType<typeof endpointsIn>,
): Promise<Finding> {
  const receptions = endpoints.map((endpoint) => receptionOf(endpoint, traffic))
  const silences = receptions
    .filter((reception) => reception.kind === 'silent')
    .map((reception) => reception.queries)
  const proven = await Promise.all(
    silences.map(
      async (silence) => isLostInKernel(silence, traffic) || (await isAnsweredHere(host, silence)),
    ),
  )
  const lost = [...silences.filter((_, at) => proven[at]), ...ownLosses(traffic)]
  return lost.length > 0 ? told(host, lost, traffic) : seen(receptions)
}

const CONTROLS = 3
/** Soon enough that nothing had to be found out meanwhile, and the client's wait was in vain. */
const CONTROL_MS = 500
const USUAL: Question = { name: '127.in-addr.arpa', type: 'SOA', class: 'IN' }

/** Whether this host gets answers to the same questions, asked at the same address. */
async function isAnsweredHere({ inspect }: Host, queries: readonly Packet[]): Promise<boolean> {
  const questions = queries.slice(-CONTROLS).map((query) => {
    const reading = readQuestion(query.question)
    return { packet: query, question: reading.ok ? reading.value : USUAL }
  })
  const answers = await Promise.all(
    questions.map(({ packet: { transport, address, family }, question }) =>
      inspect.prober.ask({
        endpoint: { transport, address, family },
        question,
        expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 0 },
        timeoutMs: CONTROL_MS,
      }),
    ),
  )
  return answers.every(({ outcome }) =>
    ['ok', 'servfail', 'wrong-rcode', 'wrong-answer', 'wrong-flags', 'truncated'].includes(outcome),
  )
}

async function told(
  host: Host,
  silences: readonly (readonly Packet[])[],
  traffic: QueryTraffic,
): Promise<Finding> {
  const all = silences.flat()
  const distinct = <T>(of: (packet: Packet) => T) => [...new Set(all.map(of))]
  // In one order, whichever query came first.
  const transports = TRANSPORTS.filter((candidate) =>
    all.some(({ transport }) => transport === candidate),
  )
  const interfaces = distinct((packet) => packet.interface)
  const ports = (side: 'd' | 's') =>
    TRANSPORTS.map((transport) => ({
      nft: `${transport} ${side}port 53`,
      iptables: `-p ${transport} --${side}port 53`,
    }))
  const lost: Lost = {
    directions: ['in', 'out'],
    // What does that to this host itself does not name its interface.
    interfaces: all.some((packet) => packet.isOwn) ? [] : interfaces,
    families: distinct((packet) => packet.family),
    mentions: /\b(53|domain)\b/,
    allow: { in: ports('d'), out: ports('s') },
  }
  const firewall = await firewallFact(host)
  const chains = isSkip(firewall) ? [] : firewall
  const over = transports.map((transport) => transport.toUpperCase()).join(' and ')
  return trouble(
    `Queries over ${over} arrive on ${interfaces.join(', ')}, but none is answered`,
    [
      ...silences.map((silence) => evidenceOf(silence, traffic)),
      ...(isSkip(firewall) ? [firewall.why] : hintsAt(chains, lost)),
    ],
    [
      ...remedyFor(chains, lost),
      ...(distinct((packet) => packet.isOwn).includes(false)
        ? [`ip route get ${all.find((packet) => !packet.isOwn)?.client} from ${all[0]?.address}`]
        : []),
    ],
  )
}

const HOW = {
  udp: 'they do not reach the UDP socket',
  tcp: 'the kernel neither accepts nor refuses them',
}

function evidenceOf(queries: readonly Packet[], traffic: QueryTraffic): string {
  const [first] = queries
  const clients = [...new Set(queries.map((query) => query.client))]
  const others = clients.length > 1 ? ` and ${clients.length - 1} more` : ''
  const end = isLostInKernel(queries, traffic)
    ? HOW[first?.transport ?? 'udp']
    : 'no response leaves, although this host gets responses to the same queries'
  return `${first?.transport}/${first?.address}: ${queries.length} queries from ${clients[0]}${others} by ${first?.interface}: ${end}`
}

function seen(receptions: readonly Reception[]): Finding {
  const nameOf = ({ transport, address }: Reception) => `${transport}/${address}`
  const toldOf = (reception: Reception) => {
    if (reception.kind === 'silent')
      return `none of ${reception.queries.length} queries answered, local ones neither`
    return reception.kind === 'answered' ? reception.told : reception.why
  }
  if (receptions.length === 0)
    return skip('unknown: no service address is here, and no client sends queries')
  const words = receptions
    .map((reception) => `${nameOf(reception)}: ${toldOf(reception)}`)
    .join('; ')
  return receptions.every((reception) => reception.kind === 'answered')
    ? ok(words)
    : skip(`unknown: ${words}`)
}
