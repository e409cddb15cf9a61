// Adverts that do not get from the wire to keepalived, or from keepalived to the wire. Pure.
import { describeAdvert } from '../facts/wire.ts'
import type { Speaker } from './speakers.ts'
import { namesOf, type SeenElection } from './watch.ts'

/** Two, so that one that was under way when the first dump was written does not count. */
const ENOUGH = 2

/** Servers of ours that say to be the master. */
export function mastersAmong({ wire }: SeenElection): readonly Speaker[] {
  return wire.speakers.filter((speaker) => speaker.trait === 'peer' && audible(speaker) >= ENOUGH)
}

function audible({ adverts }: Speaker): number {
  return adverts.filter(({ priority }) => priority > 0).length
}

function arrivedIn(election: SeenElection): number {
  return mastersAmong(election).reduce((sum, speaker) => sum + speaker.adverts.length, 0)
}

/**
 * Those in which keepalived counts no more than half of the adverts that arrive. It is asked before
 * the wire is watched and after, so it should count all of them.
 */
export function unheardAmong(elections: readonly SeenElection[]): readonly SeenElection[] {
  return elections.filter((election) => {
    const arrived = arrivedIn(election)
    return arrived > 0 && election.growth('advert_rcvd') * 2 <= arrived
  })
}

/** What is wrong there, and how that is known. */
export function unheardTold(unheard: readonly SeenElection[]): [string, string[]] {
  const sources = unheard.flatMap(mastersAmong).map((speaker) => speaker.source)
  return [
    `keepalived does not process the adverts of ${[...new Set(sources)].join(', ')} that arrive on ${placesOf(unheard)}`,
    unheard.flatMap((election) => {
      const { instance, growth, interface: place } = election
      return [
        ...mastersAmong(election).map((speaker) => describeAdvert(speaker.last, place)),
        `${arrivedIn(election)} arrived, but advert_rcvd of ${instance.name} grew by ${growth('advert_rcvd')} to ${instance.counters.advert_rcvd}`,
      ]
    }),
  ]
}

/** Those that are MASTER here, whose adverts keepalived counts as sent and nobody sees leave. */
export function muteAmong(elections: readonly SeenElection[]): readonly SeenElection[] {
  return elections.filter((election) => isSilent(election) && election.absentPeers.length === 0)
}

/** Those of which nobody can see whether they leave: the kernel holds a packet back until a peer is found. */
export function aloneAmong(elections: readonly SeenElection[]): readonly SeenElection[] {
  return elections.filter((election) => isSilent(election) && election.absentPeers.length > 0)
}

function isSilent({ isSteady, instance, wire, growth }: SeenElection): boolean {
  const sent = growth('advert_sent')
  return isSteady && instance.state === 'master' && wire.own.length === 0 && sent >= ENOUGH
}

export function muteTold(mute: readonly SeenElection[]): [string, string[]] {
  return [
    `Adverts of ${namesOf(mute)}, which is MASTER here, do not leave on ${placesOf(mute)}`,
    mute.map(({ instance, growth, interface: name }) => {
      return `keepalived: advert_sent of ${instance.name} grew by ${growth('advert_sent')}; ${name}: none seen`
    }),
  ]
}

function placesOf(elections: readonly SeenElection[]): string {
  return [...new Set(elections.map((election) => election.interface))].join(', ')
}
