// Whether one server at a time is the master, and how soon another one would follow.
import { vrrpCheck } from '../categories.ts'
import { type Finding, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { describeAdvert } from '../facts/adverts.ts'
import { FIREWALL_VRRP } from '../network/advert-firewall.ts'
import { shell } from '../shell.ts'
import { codeOf } from './advert-mismatch.ts'
import { GROUP } from './groups.ts'
import { HEARS, IS_HEARD } from './hearing.ts'
import { mastersAmong } from './lost.ts'
import { electionsFact, type SeenElection, seenElectionsFact } from './watch.ts'

export const ONE_MASTER = vrrpCheck({
  code: 'H303',
  title: 'No two servers hold the addresses of an instance',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [FIREWALL_VRRP, GROUP, HEARS, IS_HEARD],
  needs: { elections: seenElectionsFact },
  judge({ elections }) {
    for (const election of elections) {
      const finding = rivalsIn(election)
      if (finding !== null) return finding
    }
    return ok(
      elections
        .map((election) => `${election.instance.name} ${election.instance.state}`)
        .join(', '),
    )
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
  if (explained !== undefined) return skip(`${explained} explains it`)
  const known = masters.map((master) => master.last.mac)
  const unknown = claims.map((claim) => claim.mac).filter((mac) => !known.includes(mac))
  const others = [...new Set([...masters.map((master) => master.source), ...unknown])]
  return trouble(
    isMaster
      ? `${instance.name} is held here, and by ${others.join(' and ')} as well`
      : `${instance.name} is held by ${masters.map((master) => master.source).join(' and by ')}`,
    [
      ...(isMaster
        ? [`keepalived: ${instance.name} is MASTER here at priority ${instance.effectivePriority}`]
        : []),
      ...masters.map((master) => describeAdvert(master.last, name)),
      ...new Set(claims.map((claim) => `${name}: ${claim.mac} says that it has ${claim.address}`)),
    ],
    [
      'Ask the other server as well: holdfast doctor --only vrrp',
      'Look at what lies between: a firewall there, IGMP snooping on the switch, separate VLANs.',
      'Until that is found, take the addresses away from one of the two: holdfast drain --isolate',
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
  title: 'With VRRPv3, all servers have the same advert interval',
  severity: 'warn',
  takesSeconds: true,
  needs: { elections: electionsFact },
  judge({ elections }, host) {
    const v3 = elections.filter((election) => election.instance.version === 3)
    if (v3.length === 0) return skip('no instance speaks VRRPv3')
    const differing = v3.flatMap(({ instance, wire, interface: name }) => {
      const own = instance.advertMs
      if (!isSkip(wire)) {
        return wire.speakers
          .filter((speaker) => speaker.trait === 'peer' && speaker.last.intervalMs !== own)
          .map((speaker) => ({
            instance,
            theirs: speaker.last.intervalMs,
            seen: describeAdvert(speaker.last, name),
          }))
      }
      const theirs = instance.masterAdvertMs
      if (instance.state !== 'backup' || theirs === 0 || theirs === own) return []
      return [
        { instance, theirs, seen: `keepalived: the master of ${instance.name} has ${theirs} ms` },
      ]
    })
    const [first] = differing
    if (first === undefined)
      return ok(
        v3
          .map((election) => `${election.instance.name} ${election.instance.advertMs} ms`)
          .join(', '),
      )
    return trouble(
      `Another server sends adverts for ${first.instance.name} every ${first.theirs} ms, and this one every ${first.instance.advertMs} ms`,
      differing.map((entry) => entry.seen),
      [
        shell`grep -n advert ${host.paths.configFile}`,
        'On both servers: holdfast render-config --diff',
      ],
    )
  },
})
