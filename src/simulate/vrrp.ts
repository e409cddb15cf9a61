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

export interface VrrpInstance {
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

/**
 * One instance on all servers. Adverts are not sent one by one: between changes they only keep the
 * backups' timers from running out, so what counts is when the last accepted one was sent.
 */
export function createVrrp(servers: number, options: VrrpOptions, host: VrrpHost): VrrpInstance {
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

  function setPriority(server: number, priority: VrrpPriority): void {
    const router = routers[server] as VrrpRouter
    if (router.priority === priority) return
    router.priority = priority
    if (typeof priority !== 'number') {
      if (router.state !== 'fault') becomeFault(router)
    } else if (router.state === 'fault') {
      becomeBackup(router)
    } else if (router.state === 'backup' && router.follows === null) {
      // The timer that runs is set as if it had been started with the new priority.
      expect(router, router.timerMs + downMs(options, priority))
    }
    settle()
  }

  /**
   * A master that leaves says so with an advert of priority 0. Whoever hears that waits for its own
   * skew and no longer, whether it followed that master or not.
   */
  function becomeFault(router: VrrpRouter): void {
    const wasMaster = router.state === 'master'
    router.state = 'fault'
    router.deadlineMs = Number.POSITIVE_INFINITY
    router.follows = null
    if (!wasMaster) return
    for (const other of routers) {
      if (other.state !== 'backup' || !host.reaches(router.server, other.server)) continue
      other.follows = null
      other.timerMs = host.nowMs()
      expect(other, other.timerMs + skewMs(options, other.priority as number))
    }
    host.onMove(router)
  }

  function becomeBackup(router: VrrpRouter): void {
    const wasMaster = router.state === 'master'
    router.state = 'backup'
    router.follows = null
    router.timerMs = host.nowMs()
    expect(router, router.timerMs + downMs(options, router.priority as number))
    if (wasMaster) host.onMove(router)
  }

  function becomeMaster(router: VrrpRouter): void {
    router.state = 'master'
    router.follows = null
    router.deadlineMs = Number.POSITIVE_INFINITY
    // The first advert goes out at once.
    router.advertPhaseMs = host.nowMs()
    host.onMove(router)
    settle()
  }

  function expect(router: VrrpRouter, dueMs: number): void {
    const deadlineMs = Math.max(host.nowMs(), dueMs)
    router.deadlineMs = deadlineMs
    host.agenda.add(deadlineMs, () => {
      if (router.deadlineMs === deadlineMs && router.state === 'backup') becomeMaster(router)
    })
  }

  /** Finds for every backup which master it hears, and lets two masters that hear each other fight it out. */
  function settle(): void {
    for (const router of routers) {
      if (router.state === 'backup') follow(router, masterFor(router))
      if (router.state === 'master') challenge(router)
    }
  }

  /** The master whose adverts a backup accepts: reachable, and not of lower priority than its own. */
  function masterFor(router: VrrpRouter): VrrpRouter | null {
    const own = router.priority as number
    let best: VrrpRouter | null = null
    for (const master of routers) {
      if (master.state !== 'master' || !host.reaches(master.server, router.server)) continue
      if ((master.priority as number) < own) continue
      if (best === null || beats(master, best)) best = master
    }
    return best
  }

  function follow(router: VrrpRouter, master: VrrpRouter | null): void {
    const before = router.follows
    if (before === master) return
    const nowMs = host.nowMs()
    if (before !== null) {
      router.timerMs = Math.max(router.timerMs, lastAdvertMs(before, nowMs))
      router.follows = null
      expect(router, router.timerMs + downMs(options, router.priority as number))
    }
    if (master === null) return
    const nextMs = nextAdvertMs(master, nowMs)
    // The timer runs on until the next advert comes, which may be too late.
    if (nextMs > router.deadlineMs) {
      host.agenda.add(nextMs, settle)
      return
    }
    router.follows = master
    router.deadlineMs = Number.POSITIVE_INFINITY
  }

  /**
   * A master that hears a better one steps down. The next advert of either brings that about: a
   * better master answers a worse one's advert at once with its own.
   */
  function challenge(router: VrrpRouter): void {
    for (const other of routers) {
      if (!isBeatenBy(router, other)) continue
      const nowMs = host.nowMs()
      const meetMs = Math.min(nextAdvertMs(other, nowMs), nextAdvertMs(router, nowMs))
      host.agenda.add(meetMs, () => {
        if (!isBeatenBy(router, other)) return
        becomeBackup(router)
        settle()
      })
    }
  }

  function isBeatenBy(router: VrrpRouter, other: VrrpRouter): boolean {
    return (
      router.state === 'master' &&
      other.state === 'master' &&
      host.reaches(other.server, router.server) &&
      beats(other, router)
    )
  }

  function nextAdvertMs(master: VrrpRouter, nowMs: number): number {
    const { advertMs } = options
    return master.advertPhaseMs + Math.ceil((nowMs - master.advertPhaseMs) / advertMs) * advertMs
  }

  function lastAdvertMs(master: VrrpRouter, nowMs: number): number {
    const { advertMs } = options
    return master.advertPhaseMs + Math.floor((nowMs - master.advertPhaseMs) / advertMs) * advertMs
  }

  return { routers, setPriority, connectivityChanged: settle }
}

/** Whether one master makes another step down: higher priority, or the higher address among equals. */
function beats(one: VrrpRouter, other: VrrpRouter): boolean {
  const [a, b] = [one.priority as number, other.priority as number]
  return a > b || (a === b && one.server > other.server)
}
