// Whether this host's firewall lets adverts in and out: by what is on the wire, and what keepalived counts of it.
import { electedFact, networkCheck } from '../categories.ts'
import { type Finding, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { unlessExplained } from '../finding.ts'
import type { Host } from '../host.ts'
import { ADVERT_MISMATCH_CHECKS } from '../vrrp/advert-mismatch.ts'
import { familyOf, GROUP } from '../vrrp/groups.ts'
import { mastersAmong, muteAmong, muteTold, unheardAmong, unheardTold } from '../vrrp/lost.ts'
import { type SeenElection, seenElectionsFact } from '../vrrp/watch.ts'
import { type Chain, firewallFact, hintsAt, type Lost, openings, suspects } from './firewall.ts'
import { MULTICAST, UP } from './link-states.ts'

export const FIREWALL_VRRP = networkCheck({
  code: 'H515',
  title: 'Firewall allows VRRP in and out',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [UP, MULTICAST],
  needs: { elected: electedFact, elections: seenElectionsFact },
  judge: ({ elections }, host) => lookAtAdverts(host, elections),
})

async function lookAtAdverts(host: Host, elections: readonly SeenElection[]): Promise<Finding> {
  const unheard = unheardAmong(elections)
  if (unheard.length > 0) {
    const finding = await blamed(host, unheardTold(unheard), lostAdverts('in', unheard), 'H301')
    return unlessExplained(host, [GROUP], finding)
  }
  const mute = muteAmong(elections)
  if (mute.length > 0) {
    const finding = await blamed(host, muteTold(mute), lostAdverts('out', mute), 'H302')
    return unlessExplained(host, ADVERT_MISMATCH_CHECKS, finding)
  }
  return seenAdverts(elections)
}

function lostAdverts(direction: 'in' | 'out', elections: readonly SeenElection[]): Lost {
  const vrrp = [{ nft: 'meta l4proto 112', iptables: '-p 112' }]
  return {
    directions: [direction],
    interfaces: [...new Set(elections.map((election) => election.interface))],
    families: [...new Set(elections.map((election) => familyOf(election.instance)))],
    mentions: /\b(vrrp|112|224\.0\.0\.|ff02::)/i,
    allow: { in: vrrp, out: vrrp },
  }
}

/** The firewall's, where it can drop anything there; else that of the check with `otherwise`. */
async function blamed(
  host: Host,
  [what, evidence]: readonly [string, readonly string[]],
  lost: Lost,
  otherwise: string,
): Promise<Finding> {
  const chains = await firewallFact(host)
  if (isSkip(chains)) return chains
  if (suspects(chains, lost).length === 0)
    return skip(`because of ${otherwise}: no firewall rule here can drop adverts`)
  return trouble(what, [...evidence, ...hintsAt(chains, lost)], remedyFor(chains, lost))
}

/** What opens the firewall, and where else to look. */
export function remedyFor(chains: readonly Chain[], lost: Lost): readonly string[] {
  const commands = openings(chains, lost)
  return [
    ...commands,
    ...(commands.length === 0
      ? ['nft list ruleset']
      : [
          '# Permanently: add the same to /etc/nftables.conf, or to the configuration of your firewall manager.',
        ]),
    ...lost.interfaces.flatMap((name) =>
      lost.directions.map(
        (way) => `tc filter show dev ${name} ${way === 'in' ? 'ingress' : 'egress'}`,
      ),
    ),
  ]
}

/** It is well where adverts of each family were seen to come in, and to go out, by each interface. */
function seenAdverts(elections: readonly SeenElection[]): Finding {
  const [seen, unseen] = [new Set<string>(), new Set<string>()]
  for (const election of elections) {
    const place = `${election.interface} IPv${familyOf(election.instance)}`
    const ways = { in: mastersAmong(election).length > 0, out: election.wire.own.length > 0 }
    for (const way of ['in', 'out'] as const) (ways[way] ? seen : unseen).add(`${place} ${way}`)
  }
  const unknown = [...unseen].filter((name) => !seen.has(name))
  if (unknown.length === 0) return ok([...seen].join(', '))
  const known = seen.size === 0 ? '' : `; seen: ${[...seen].join(', ')}`
  return skip(`unknown, because no advert is on the wire: ${unknown.join(', ')}${known}`)
}
