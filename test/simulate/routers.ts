// keepalived's model on its own: routers on a virtual clock, links to cut, and a record of who held what.
import { createAgenda } from '../../src/simulate/agenda.ts'
import {
  createVrrp,
  type ElectedInstance,
  type VrrpOptions,
  type VrrpPriority,
} from '../../src/simulate/vrrp.ts'

export interface Move {
  readonly atMs: number
  readonly server: number
  /** It became master, or ceased to be. */
  readonly holds: boolean
}

export interface Routers {
  readonly instance: ElectedInstance
  readonly moves: readonly Move[]
  nowMs(): number
  runTo(untilMs: number): void
  set(server: number, priority: VrrpPriority): void
  /** Cuts a server off, or plugs it in again; keepalived itself notices and goes to FAULT. */
  setLink(server: number, up: boolean): void
  /** Servers of different groups do not hear each other; no groups, and all do. */
  partition(groups: readonly (readonly number[])[]): void
  hear(one: number, other: number): boolean
  masters(): readonly number[]
}

export function createRouters(servers: number, options: VrrpOptions): Routers {
  const agenda = createAgenda()
  const moves: Move[] = []
  const linkUp = Array.from({ length: servers }, () => true)
  const wanted = Array.from({ length: servers }, (): VrrpPriority => 'off')
  let groups: readonly (readonly number[])[] = []
  let now = 0

  function hear(one: number, other: number): boolean {
    if (linkUp[one] !== true || linkUp[other] !== true) return false
    if (groups.length === 0) return true
    return groups.some((group) => group.includes(one) && group.includes(other))
  }

  const instance = createVrrp(servers, options, {
    agenda,
    nowMs: () => now,
    reaches: hear,
    onMove: (router) =>
      moves.push({ atMs: now, server: router.server, holds: router.state === 'master' }),
  })

  function set(server: number, priority: VrrpPriority): void {
    wanted[server] = priority
    instance.setPriority(server, linkUp[server] === true ? priority : 'fault')
  }

  return {
    instance,
    moves,
    nowMs: () => now,
    runTo(untilMs) {
      while (agenda.nextMs() <= untilMs) {
        now = Math.max(now, agenda.nextMs())
        agenda.take()()
      }
      now = Math.max(now, untilMs)
    },
    set,
    setLink(server, up) {
      linkUp[server] = up
      set(server, wanted[server] as VrrpPriority)
      instance.connectivityChanged()
    },
    partition(parts) {
      groups = parts
      instance.connectivityChanged()
    },
    hear,
    masters: () =>
      instance.routers.flatMap((router) => (router.state === 'master' ? [router.server] : [])),
  }
}
