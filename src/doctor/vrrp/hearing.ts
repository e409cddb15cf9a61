// Whether keepalived hears the others, and they it.
import { vrrpCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { FIREWALL_VRRP } from '../network/advert-firewall.ts'
import { MULTICAST, UP } from '../network/link-states.ts'
import { ADVERT_MISMATCH_CHECKS } from './advert-mismatch.ts'
import { familyOf, GROUP, VRRP_GROUPS } from './groups.ts'
import { aloneAmong, muteAmong, muteTold, unheardAmong, unheardTold } from './lost.ts'
import { namesOf, type SeenElection, seenElectionsFact } from './watch.ts'

export const HEARS = vrrpCheck({
  code: 'H301',
  title: 'keepalived hears the adverts that arrive',
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
  if (sources.length === 0) return skip('not known: nobody else speaks')
  return ok(`from ${[...new Set(sources)].join(', ')}`)
}

export const IS_HEARD = vrrpCheck({
  code: 'H302',
  title: 'The adverts of a master leave this server',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [UP, MULTICAST, FIREWALL_VRRP, ...ADVERT_MISMATCH_CHECKS],
  needs: { elections: seenElectionsFact },
  judge({ elections }) {
    const masters = elections.filter(
      (election) => election.isSteady && election.instance.state === 'master',
    )
    if (masters.length === 0) return skip('nothing here is MASTER')
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
  return skip(`not known of ${namesOf(alone)}: nobody answers for ${peers} (ip neighbour)`)
}
