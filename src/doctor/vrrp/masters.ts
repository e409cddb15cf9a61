// Whether keepalived hears the others, and they it; whether one server at a time is the master, and how soon another one would follow.
import { vrrpCheck } from '../categories.ts'
import { type Finding, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { describeAdvert } from '../facts/wire.ts'
import { FIREWALL_VRRP } from '../network/advert-firewall.ts'
import { MULTICAST, UP } from '../network/link-states.ts'
import { shell } from '../shell.ts'
import { ADVERT_MISMATCH_CHECKS, codeOf } from './advert-mismatch.ts'
import { familyOf, GROUP, VRRP_GROUPS } from './groups.ts'
import { aloneAmong, mastersAmong, muteAmong, muteTold, unheardAmong, unheardTold } from './lost.ts'
import { electionsFact, namesOf, type SeenElection, seenElectionsFact } from './watch.ts'

export const HEARS = vrrpCheck({
  code: 'H301',
  title: 'keepalived processes incoming advertisements',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [UP, MULTICAST, GROUP, FIREWALL_VRRP],
  needs: { elections: seenElectionsFact },
  judge({ elections }) {
    const unheard = unheardAmong(elections)
    const [first] = unheard
    if (first === undefined) return heardIn(elections)
    return trouble(...unheardTold(unheard), [
      'nft list ruleset',
      `tc filter show dev ${first.interface} ingress`,
      `ip maddress show dev ${first.interface}`,
    ])
  },
})

function heardIn(elections: Parameters<typeof unheardAmong>[0]) {
  const sources = elections.flatMap((election) => election.wire.speakers.map((one) => one.source))
  if (sources.length === 0) return skip('unknown: no other server sends adverts')
  return ok(`from ${[...new Set(sources)].join(', ')}`)
}

export const IS_HEARD = vrrpCheck({
  code: 'H302',
  title: 'Advertisements of a MASTER leave this server',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [UP, MULTICAST, FIREWALL_VRRP, ...ADVERT_MISMATCH_CHECKS],
  needs: { elections: seenElectionsFact },
  judge({ elections }) {
    const masters = elections.filter(
      ({ isSteady, instance }) => isSteady && instance.state === 'master',
    )
    if (masters.length === 0) return skip('no instance is MASTER here')
    const mute = muteAmong(elections)
    const [first] = mute
    if (first === undefined) return leavingFrom(elections, masters)
    return trouble(...muteTold(mute), [
      'nft list ruleset',
      `tc filter show dev ${first.interface} egress`,
      `ip route get ${VRRP_GROUPS[familyOf(first.instance)]}`,
    ])
  },
})

function leavingFrom(elections: readonly SeenElection[], masters: readonly SeenElection[]) {
  const alone = aloneAmong(elections)
  if (alone.length === 0) return ok(namesOf(masters))
  const peers = [...new Set(alone.flatMap((seenElection) => seenElection.absentPeers))].join(', ')
  return skip(`unknown for ${namesOf(alone)}: no neighbour answers for ${peers} (ip neighbour)`)
}

export const ONE_MASTER = vrrpCheck({
  code: 'H303',
  title: 'Only one server holds the addresses of an instance',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [FIREWALL_VRRP, GROUP, HEARS, IS_HEARD],
  needs: { elections: seenElectionsFact },
  judge({ elections }) {
    for (const election of elections) {
      const finding = rivalsIn(election)
      if (finding !== null) return finding
    }
    const states = elections.map(({ instance: { name, state } }) => `${name} ${state}`)
    return ok(states.join(', '))
  },
})

/** When this server became the master, the last adverts and claims of the old one may be under way. */
const HANDOVER_MS = 1000

function rivalsIn(election: SeenElection): Finding | null {
  const { instance, isSteady, wire, interface: name } = election
  if (!isSteady) return null
  const explained = wire.speakers.map(codeOf).find((code) => code !== null)
  const fresh = instance.lastTransitionMs + HANDOVER_MS
  const masters = mastersAmong(election).filter((speaker) => speaker.last.atMs > fresh)
  const claims = wire.claims.filter((claim) => claim.atMs > fresh)
  const isMaster = instance.state === 'master'
  const hasRivals = isMaster ? masters.length > 0 || claims.length > 0 : areAtOnce(masters)
  if (!hasRivals) return null
  if (explained !== undefined) return skip(`because of ${explained}`)
  const known = masters.map((master) => master.last.mac)
  const unknown = claims.map((claim) => claim.mac).filter((mac) => !known.includes(mac))
  const others = [...new Set([...masters.map((master) => master.source), ...unknown])]
  return trouble(
    isMaster
      ? `${instance.name} is held by this server and also by ${others.join(' and ')}`
      : `${instance.name} is held by ${masters.map((master) => master.source).join(' and by ')}`,
    [
      ...(isMaster
        ? [`keepalived: ${instance.name} is MASTER here at priority ${instance.effectivePriority}`]
        : []),
      ...masters.map((master) => describeAdvert(master.last, name)),
      ...new Set(claims.map((claim) => `${name}: ${claim.mac} claims ${claim.address}`)),
    ],
    [
      '# On the other server, too: holdfast doctor --only vrrp',
      '# Check the network between them: firewall, IGMP snooping on the switch, VLANs.',
      '# Until the cause is found, isolate one of the two: holdfast drain --isolate',
    ],
  )
}

/** Whether two of them went on sending after the other one had begun. */
function areAtOnce(masters: SeenElection['wire']['speakers']): boolean {
  const [a, b] = masters
  if (a === undefined || b === undefined) return false
  const [firstA, firstB] = [a.adverts[0]?.atMs ?? 0, b.adverts[0]?.atMs ?? 0]
  return a.last.atMs > firstB && b.last.atMs > firstA
}

export const INTERVALS = vrrpCheck({
  code: 'H306',
  title: 'VRRPv3: all servers use the same advertisement interval',
  severity: 'warn',
  takesSeconds: true,
  needs: { elections: electionsFact },
  judge({ elections }, host) {
    const v3 = elections.filter((election) => election.instance.version === 3)
    if (v3.length === 0) return skip('no instance uses VRRPv3')
    const differing = v3.flatMap(({ instance, wire, interface: name }) => {
      const own = instance.advertMs
      if (!isSkip(wire)) {
        const peers = wire.speakers.filter(({ trait }) => trait === 'peer').map(({ last }) => last)
        return peers
          .filter(({ intervalMs }) => intervalMs !== own)
          .map((last) => ({ instance, theirs: last.intervalMs, seen: describeAdvert(last, name) }))
      }
      const theirs = instance.masterAdvertMs
      if (instance.state !== 'backup' || theirs === 0 || theirs === own) return []
      const seen = `keepalived: the master of ${instance.name} has ${theirs} ms`
      return [{ instance, theirs, seen }]
    })
    const [first] = differing
    if (first === undefined)
      return ok(v3.map(({ instance }) => `${instance.name} ${instance.advertMs} ms`).join(', '))
    return trouble(
      `Another server sends adverts for ${first.instance.name} every ${first.theirs} ms, but this one sends every ${first.instance.advertMs} ms`,
      differing.map((entry) => entry.seen),
      [
        shell`grep -n advert ${host.paths.configFile}`,
        '# On both servers:',
        'holdfast render-config --diff',
      ],
    )
  },
})
