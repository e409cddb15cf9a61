// Whether keepalived hears the others, and they it.
import { type Check, ok, skip, trouble } from '../check.ts'
import { describeAdvert } from '../facts/adverts.ts'
import { dumpFact } from '../facts/dump.ts'
import { vrrpFact } from '../facts/vrrp.ts'
import type { Host } from '../host.ts'
import { once, unless } from '../keepalived/blame.ts'
import { FIREWALL_VRRP, VRRP_GROUPS } from '../network/firewall.ts'
import { MULTICAST, UP } from '../network/links.ts'
import { isMember } from './groups.ts'
import { ODD_SPEAKERS } from './odd.ts'
import type { Speaker } from './speakers.ts'
import { namesOf, onTheWire, type SeenElection, WATCH_LIMIT_MS } from './watch.ts'

export const GROUP: Check = once({
  code: 'H313',
  category: 'vrrp',
  title: 'keepalived has joined the multicast group of VRRP',
  severity: 'fail',
  about: [
    'Adverts go to 224.0.0.18 or ff02::12, and the kernel passes them on to members of the group only; a switch with IGMP snooping does not even deliver them. keepalived joins when it opens its sockets, and loses the membership when the interface is taken away below it.',
    'Read from /proc/net/igmp and /proc/net/igmp6, as `ip maddress` shows them.',
  ],
  run: (host) => unless(host, [UP, MULTICAST], () => lookAtGroups(host)),
})

async function lookAtGroups(host: Host) {
  const [dump, reading] = await Promise.all([dumpFact(host), vrrpFact(host)])
  if (dump.kind === 'none')
    return skip(
      dump.why === 'denied' ? `needs root: ${dump.error}` : 'keepalived does not run: H203',
    )
  if (reading.kind === 'vrrp' && reading.vrrp.transport === 'unicast')
    return skip('adverts go to each server by itself')
  const taking = dump.instances.filter((it) => it.state === 'backup' || it.state === 'master')
  if (taking.length === 0) return skip('no instance takes part in an election')
  // On a virtual interface it listens there or on the one below.
  const wanted = taking.filter((it) => it.interface !== null && it.vmacInterface === '')
  if (wanted.length === 0) return skip('on virtual interfaces it is not known which one listens')
  const outside = wanted.filter((it) => isMember(host, it.interface ?? '', familyOf(it)) === false)
  if (outside.length === 0) return ok(wanted.map((it) => it.name).join(', '))
  return trouble(
    `keepalived does not listen to the group of VRRP on ${[...new Set(outside.map((it) => it.interface))].join(', ')}`,
    outside.map(
      (it) =>
        `${familyOf(it) === 4 ? '/proc/net/igmp' : '/proc/net/igmp6'}: ${it.interface} is not in ${VRRP_GROUPS[familyOf(it)]}, which ${it.name} needs`,
    ),
    [`ip maddress show dev ${outside[0]?.interface}`, 'systemctl restart keepalived'],
  )
}

function familyOf({ addresses }: { readonly addresses: readonly string[] }): 4 | 6 {
  return addresses[0]?.includes(':') ? 6 : 4
}

/** Two, so that one that was under way when the first dump was written does not count. */
const ENOUGH = 2

export const HEARS: Check = once({
  code: 'H301',
  category: 'vrrp',
  title: 'keepalived hears the adverts that arrive',
  severity: 'fail',
  about: [
    'Adverts of another server arrive at the interface, and keepalived counts none of them. Something in between drops them: a rule of the firewall that could not be judged, a traffic control filter, a program of eBPF. A server that hears nobody takes the addresses.',
    'tcpdump sees packets before firewall and filters do; its adverts are compared with keepalived’s counter of adverts that it has received.',
  ],
  limitMs: WATCH_LIMIT_MS,
  run: (host) =>
    unless(host, [UP, MULTICAST, GROUP, FIREWALL_VRRP], () =>
      onTheWire(host, (elections) => {
        const deaf = elections.flatMap((election) =>
          mastersAmong(election).map((speaker) => ({ election, speaker })),
        )
        const unheard = deaf.filter((it) => it.election.growth('advert_rcvd') === 0)
        if (unheard.length === 0) return ok(heardWords(elections))
        const [first] = unheard
        return trouble(
          `keepalived does not hear ${[...new Set(unheard.map((it) => it.speaker.source))].join(', ')}, whose adverts arrive`,
          unheard.flatMap(({ election, speaker }) => [
            describeAdvert(speaker.last, election.interface),
            `${speaker.adverts.length} of them, and keepalived counts ${election.instance.counters.advert_rcvd} for ${election.instance.name} as before`,
          ]),
          [
            'nft list ruleset',
            `tc filter show dev ${first?.election.interface} ingress`,
            `ip maddress show dev ${first?.election.interface}`,
          ],
        )
      }),
    ),
})

function heardWords(elections: readonly SeenElection[]): string {
  const sources = elections.flatMap((it) => it.wire.speakers.map((one) => one.source))
  return sources.length === 0 ? 'nobody else speaks' : `from ${[...new Set(sources)].join(', ')}`
}

/** Servers of ours that say to be the master. */
export function mastersAmong({ wire }: SeenElection): readonly Speaker[] {
  return wire.speakers.filter(
    (it) =>
      it.trait === 'peer' && it.adverts.filter(({ priority }) => priority > 0).length >= ENOUGH,
  )
}

export const IS_HEARD: Check = once({
  code: 'H302',
  category: 'vrrp',
  title: 'The adverts of a master leave this server',
  severity: 'fail',
  about: [
    'keepalived is MASTER here, and none of its adverts is seen to leave by the interface. The backups hear nobody and take the addresses, each of them. A rule of the firewall on output does that, a traffic control filter, or a route that sends the group elsewhere.',
  ],
  limitMs: WATCH_LIMIT_MS,
  run: (host) =>
    unless(host, [UP, MULTICAST, FIREWALL_VRRP, ...ODD_SPEAKERS], () =>
      onTheWire(host, (elections) => {
        const masters = elections.filter((it) => it.isSteady && it.instance.state === 'master')
        if (masters.length === 0) return skip('nothing here is MASTER')
        const mute = masters.filter((it) => it.wire.own.length === 0)
        if (mute.length === 0) return ok(namesOf(masters))
        const [first] = mute
        const name = first?.interface
        return trouble(
          `${namesOf(mute)} is MASTER here, and its adverts do not leave`,
          mute.map(
            (it) =>
              `keepalived: advert_sent of ${it.instance.name} grew by ${it.growth('advert_sent')}; ${it.interface}: none seen`,
          ),
          [
            'nft list ruleset',
            `tc filter show dev ${name} egress`,
            `ip route get ${VRRP_GROUPS[first === undefined ? 4 : familyOf(first.instance)]}`,
          ],
        )
      }),
    ),
})
