// A small model of keepalived's VRRP: who holds an instance's service addresses, and when that changes.
import type { Agenda } from './agenda.ts'

export interface VrrpOptions {
  readonly version: 2 | 3
  readonly advertMs: number
}

/** What one server's keepalived publishes: an effective priority, FAULT, or nothing (not running). */
export type VrrpPriority = number | 'fault' | 'off'

export interface VrrpRouter {
  readonly server: number
  priority: VrrpPriority
  state: 'backup' | 'master' | 'fault'
  /** As master: the time of some advert; the others come every interval from there. */
  advertPhaseMs: number
  /** As backup: the master whose adverts it accepts, or null. */
  follows: VrrpRouter | null
  /** As backup: when its timer was last set, adverts of the master that it follows not counted. */
  timerMs: number
  /** As backup: when it becomes master; infinite while adverts come. */
  deadlineMs: number
}

export interface VrrpHost {
  readonly agenda: Agenda
  readonly nowMs: () => number
  /** Whether adverts of one server reach another. */
  readonly reaches: (from: number, to: number) => boolean
  /** A router became master, or ceased to be. */
  readonly onMove: (router: VrrpRouter) => void
}

export interface ElectedInstance {
  readonly routers: readonly VrrpRouter[]
  setPriority(server: number, priority: VrrpPriority): void
  /** To be called after links or partitions have changed. */
  connectivityChanged(): void
}

/**
 * Master_Down_Interval and Skew_Time of RFC 3768 (version 2) and RFC 5798 (version 3) section 6.1,
 * as keepalived 2.2 has them: in version 2 the skew is a part of a second whatever the interval.
 */
export function downMs({ version, advertMs }: VrrpOptions, priority: number): number {
  return 3 * advertMs + skewMs({ version, advertMs }, priority)
}

export function skewMs({ version, advertMs }: VrrpOptions, priority: number): number {
  return ((256 - priority) / 256) * (version === 2 ? 1000 : advertMs)
}

/** One instance on all servers. */
interface Vrrp {
  readonly routers: readonly VrrpRouter[]
  readonly options: VrrpOptions
  readonly host: VrrpHost
}

/**
 * One instance on all servers. Adverts are not sent one by one: between changes they only keep the
 * backups' timers from running out, so what counts is when the last accepted one was sent.
 */
export function createVrrp(servers: number, options: VrrpOptions, host: VrrpHost): ElectedInstance {
  const routers = Array.from(
    { length: servers },
    (_, server): VrrpRouter => ({
      server,
      priority: 'off',
      state: 'fault',
      advertPhaseMs: 0,
      follows: null,
      timerMs: 0,
      deadlineMs: Number.POSITIVE_INFINITY,
    }),
  )
  const vrrp: Vrrp = { routers, options, host }
  return {
    routers,
    setPriority: (server, priority) => setPriority(vrrp, server, priority),
    connectivityChanged: () => settle(vrrp),
  }
}

function setPriority(vrrp: Vrrp, server: number, priority: VrrpPriority): void {
  const router = vrrp.routers[server] as VrrpRouter
  if (router.priority === priority) return
  router.priority = priority
  if (typeof priority !== 'number') {
    if (router.state !== 'fault') becomeFault(vrrp, router)
  } else if (router.state === 'fault') {
    becomeBackup(vrrp, router)
  } else if (router.state === 'backup' && router.follows === null) {
    // The timer that runs is set as if it had been started with the new priority.
    expect(vrrp, router, router.timerMs + downMs(vrrp.options, priority))
  }
  settle(vrrp)
}

/**
 * A master that leaves says so with an advert of priority 0. Whoever hears that waits for its own
 * skew and no longer, whether it followed that master or not.
 */
function becomeFault(vrrp: Vrrp, router: VrrpRouter): void {
  const wasMaster = router.state === 'master'
  router.state = 'fault'
  router.deadlineMs = Number.POSITIVE_INFINITY
  router.follows = null
  if (!wasMaster) return
  for (const other of vrrp.routers) {
    if (other.state !== 'backup' || !vrrp.host.reaches(router.server, other.server)) continue
    other.follows = null
    other.timerMs = vrrp.host.nowMs()
    expect(vrrp, other, other.timerMs + skewMs(vrrp.options, other.priority as number))
  }
  vrrp.host.onMove(router)
}

function becomeBackup(vrrp: Vrrp, router: VrrpRouter): void {
  const wasMaster = router.state === 'master'
  router.state = 'backup'
  router.follows = null
  router.timerMs = vrrp.host.nowMs()
  expect(vrrp, router, router.timerMs + downMs(vrrp.options, router.priority as number))
  if (wasMaster) vrrp.host.onMove(router)
}

function becomeMaster(vrrp: Vrrp, router: VrrpRouter): void {
  router.state = 'master'
  router.follows = null
  router.deadlineMs = Number.POSITIVE_INFINITY
  // The first advert goes out at once.
  router.advertPhaseMs = vrrp.host.nowMs()
  vrrp.host.onMove(router)
  settle(vrrp)
}

function expect(vrrp: Vrrp, router: VrrpRouter, dueMs: number): void {
  const deadlineMs = Math.max(vrrp.host.nowMs(), dueMs)
  router.deadlineMs = deadlineMs
  vrrp.host.agenda.add(deadlineMs, () => {
    if (router.deadlineMs === deadlineMs && router.state === 'backup') becomeMaster(vrrp, router)
  })
}

/** Finds for every backup which master it hears, and lets two masters that hear each other fight it out. */
function settle(vrrp: Vrrp): void {
  for (const router of vrrp.routers) {
    if (router.state === 'backup') follow(vrrp, router, masterFor(vrrp, router))
    if (router.state === 'master') challenge(vrrp, router)
  }
}

/** The master whose adverts a backup accepts: reachable, and not of lower priority than its own. */
function masterFor(vrrp: Vrrp, router: VrrpRouter): VrrpRouter | null {
  const own = router.priority as number
  let best: VrrpRouter | null = null
  for (const master of vrrp.routers) {
    if (master.state !== 'master' || !vrrp.host.reaches(master.server, router.server)) continue
    if ((master.priority as number) < own) continue
    if (best === null || beats(master, best)) best = master
  }
  return best
}

function follow(vrrp: Vrrp, router: VrrpRouter, master: VrrpRouter | null): void {
  const before = router.follows
  if (before === master) return
  const nowMs = vrrp.host.nowMs()
  if (before !== null) {
    router.timerMs = Math.max(router.timerMs, lastAdvertMs(vrrp, before, nowMs))
    router.follows = null
    expect(vrrp, router, router.timerMs + downMs(vrrp.options, router.priority as number))
  }
  if (master === null) return
  const nextMs = nextAdvertMs(vrrp, master, nowMs)
  // The timer runs on until the next advert comes, which may be too late.
  if (nextMs > router.deadlineMs) {
    vrrp.host.agenda.add(nextMs, () => settle(vrrp))
    return
  }
  router.follows = master
  router.deadlineMs = Number.POSITIVE_INFINITY
}

/**
 * A master that hears a better one steps down. The next advert of either brings that about: a
 * better master answers a worse one's advert at once with its own.
 */
function challenge(vrrp: Vrrp, router: VrrpRouter): void {
  for (const other of vrrp.routers) {
    if (!isBeatenBy(vrrp, router, other)) continue
    const nowMs = vrrp.host.nowMs()
    const meetMs = Math.min(nextAdvertMs(vrrp, other, nowMs), nextAdvertMs(vrrp, router, nowMs))
    vrrp.host.agenda.add(meetMs, () => {
      if (!isBeatenBy(vrrp, router, other)) return
      becomeBackup(vrrp, router)
      settle(vrrp)
    })
  }
}

function isBeatenBy(vrrp: Vrrp, router: VrrpRouter, other: VrrpRouter): boolean {
  return (
    router.state === 'master' &&
    other.state === 'master' &&
    vrrp.host.reaches(other.server, router.server) &&
    beats(other, router)
  )
}

function nextAdvertMs(vrrp: Vrrp, master: VrrpRouter, nowMs: number): number {
  const { advertMs } = vrrp.options
  return master.advertPhaseMs + Math.ceil((nowMs - master.advertPhaseMs) / advertMs) * advertMs
}

function lastAdvertMs(vrrp: Vrrp, master: VrrpRouter, nowMs: number): number {
  const { advertMs } = vrrp.options
  return master.advertPhaseMs + Math.floor((nowMs - master.advertPhaseMs) / advertMs) * advertMs
}

/** Whether one master makes another step down: higher priority, or the higher address among equals. */
function beats(one: VrrpRouter, other: VrrpRouter): boolean {
  const [a, b] = [one.priority as number, other.priority as number]
  return a > b || (a === b && one.server > other.server)
}
