// Speakers that keepalived does not listen to, or should not have to: one check for each reason.
import type { Counter } from '../../keepalived/dump.ts'
import { vrrpCheck } from '../categories.ts'
import { type DoctorCheck, type Finding, isSkip, ok, trouble } from '../doctor-check.ts'
import { describeAdvert } from '../facts/wire.ts'
import type { Host } from '../host.ts'
import { installRendered, reload } from '../keepalived/service.ts'
import { shell } from '../shell.ts'
import type { Speaker, Trait } from './speakers.ts'
import { electionsFact, namesOf, type WatchedElection } from './watch.ts'

interface AdvertMismatch extends Pick<DoctorCheck, 'code' | 'title'> {
  readonly trait: Trait
  /** What keepalived counts of it: all there is where nobody may listen on the wire. */
  readonly counters: readonly Counter[]
  what(speaker: Speaker, election: WatchedElection): string
  remedy(speaker: Speaker | null, election: WatchedElection, hands: Hands): readonly string[]
}

interface Hands {
  readonly configFile: string
  /** What keepalived runs with, made anew from the configuration; and read anew. */
  readonly install: string
  readonly reload: string
}

const COMPARE = ['# On both servers:', 'holdfast render-config --diff']

function show(name: string): string {
  return `tcpdump -p -n -v -i ${name} 'ip proto 112 or ip6 proto 112'`
}

const ADVERT_MISMATCHES: readonly AdvertMismatch[] = [
  {
    code: 'H304',
    trait: 'stranger',
    counters: [],
    title: 'No other router uses our virtual_router_id',
    what: ({ source }, { instance }) =>
      `${source}, which is not one of our servers, uses virtual_router_id ${instance.routerId} of ${instance.name}`,
    remedy: (_, { instance, interface: name }) => [
      show(name),
      `# Set another virtual_router_id for ${instance.name} on all servers, or add the server to [servers].`,
    ],
  },
  {
    code: 'H305',
    trait: 'interval',
    counters: ['advert_interval_err'],
    title: 'VRRPv2: all servers use the same advertisement interval',
    what: ({ source, last }, { instance }) =>
      `${source} sends adverts every ${last.intervalMs} ms, but ${instance.name} uses ${instance.advertMs} ms`,
    remedy: (_, __, { configFile }) => [shell`grep -n advert ${configFile}`, ...COMPARE],
  },
  {
    code: 'H307',
    trait: 'auth',
    counters: ['invalid_authtype', 'authtype_mismatch', 'auth_failure'],
    title: 'VRRPv2: all servers use the same password',
    what: ({ source, last }, { instance }) =>
      last.auth === ['none', 'simple', 'ah'][instance.authType]
        ? `${source} uses another password for ${instance.name}`
        : `${source} uses authentication "${last.auth}" for ${instance.name}, but this server does not`,
    remedy: (_, __, { install }) => [
      '# Compare the auth_pass_file of both servers, for example with sha256sum.',
      install,
    ],
  },
  {
    code: 'H308',
    trait: 'version',
    counters: [],
    title: 'All servers use the same VRRP version',
    what: ({ source, last }, { instance }) =>
      `${source} uses VRRPv${last.version}, but ${instance.name} uses VRRPv${instance.version}`,
    remedy: (_, __, { configFile }) => [shell`grep -n version ${configFile}`, ...COMPARE],
  },
  {
    code: 'H309',
    trait: 'ttl',
    counters: ['ip_ttl_err'],
    title: 'Advertisements come from this network (TTL 255)',
    what: ({ source, last }) => `Adverts of ${source} arrive with TTL ${last.ttl}, not 255`,
    remedy: (speaker, { interface: name }) => [
      show(name),
      `# On ${speaker?.source ?? 'the other server'}: nft list ruleset | grep -i -e ttl -e hoplimit`,
    ],
  },
  {
    code: 'H310',
    trait: 'damaged',
    counters: ['packet_len_err'],
    title: 'Advertisements have valid length and checksum',
    what: ({ source }) => `Adverts of ${source} arrive with a wrong checksum`,
    remedy: (_, { interface: name }) => [
      show(name),
      '# Look for errors on the way:',
      `ip -s link show ${name}; ethtool -S ${name}`,
    ],
  },
  {
    code: 'H311',
    trait: 'addresses',
    counters: ['addr_list_err'],
    title: 'All servers advertise the same addresses',
    what: ({ source, last }, { instance }) =>
      `${source} advertises ${last.addresses.join(' ') || 'no address'} for ${instance.name}, but this server has ${instance.addresses.join(' ')}`,
    remedy: (_, __, { reload }) => [...COMPARE, reload],
  },
  {
    code: 'H312',
    trait: 'transport',
    counters: [],
    title: 'All servers use the same peering (multicast or unicast)',
    what: ({ source, last }, { instance }) =>
      `${source} sends adverts for ${instance.name} to ${last.destination}, where this server does not listen`,
    remedy: (_, __, { configFile }) => [shell`grep -n transport ${configFile}`, ...COMPARE],
  },
]

const byTrait = new Map(ADVERT_MISMATCHES.map((mismatch) => [mismatch.trait, mismatch.code]))

/** The code that tells of such a speaker, or null for one that is as it should be. */
export function codeOf({ trait }: Speaker): string | null {
  return byTrait.get(trait) ?? null
}

export const ADVERT_MISMATCH_CHECKS: readonly DoctorCheck[] = ADVERT_MISMATCHES.map((mismatch) => {
  const { code, title } = mismatch
  return vrrpCheck({
    ...{ code, title },
    severity: 'fail',
    takesSeconds: true,
    needs: { elections: electionsFact },
    judge: ({ elections }, host) => find(mismatch, elections, host),
  })
})

async function find(
  mismatch: AdvertMismatch,
  elections: readonly WatchedElection[],
  host: Host,
): Promise<Finding> {
  const hands: Hands = {
    configFile: host.paths.configFile,
    install: await installRendered(host),
    reload: await reload(host),
  }
  const heard = elections.flatMap((election) => {
    const speakers = isSkip(election.wire) ? [] : election.wire.speakers
    const meant = speakers.filter(({ trait }) => trait === mismatch.trait)
    return meant.map((speaker) => ({ speaker, election }))
  })
  const [first] = heard
  if (first !== undefined) {
    return trouble(
      [...new Set(heard.map((pair) => mismatch.what(pair.speaker, pair.election)))].join('; '),
      [
        ...heard.map((pair) => describeAdvert(pair.speaker.last, pair.election.interface)),
        ...new Set(heard.flatMap((pair) => grown(mismatch, pair.election))),
      ],
      mismatch.remedy(first.speaker, first.election, hands),
    )
  }
  return byCounters(mismatch, elections, hands)
}

function byCounters(
  mismatch: AdvertMismatch,
  elections: readonly WatchedElection[],
  hands: Hands,
): Finding {
  const unseen = elections.filter((election) => isSkip(election.wire))
  const [first] = unseen.filter((election) => grown(mismatch, election).length > 0)
  if (first !== undefined) {
    return trouble(
      `keepalived discards adverts of another server for ${first.instance.name}`,
      grown(mismatch, first),
      mismatch.remedy(null, first, hands),
    )
  }
  const blind = elections.map((election) => election.wire).find(isSkip)
  if (blind !== undefined && mismatch.counters.length === 0) return blind
  return ok(blind === undefined ? namesOf(elections) : 'keepalived counts no errors')
}

function grown({ counters }: AdvertMismatch, { instance, growth }: WatchedElection): string[] {
  return counters
    .filter((counter) => growth(counter) > 0)
    .map((counter) => {
      return `keepalived: ${counter} of ${instance.name} grew by ${growth(counter)} to ${instance.counters[counter]}`
    })
}
