// Tells of transitions: events from the spool to one outbox a channel, and their messages out.
import type { Config } from '../config/config.ts'
import type { NotifyConfig } from '../config/notify/notify-config.ts'
import type { State } from '../core/state.ts'
import { decodeEvent, type SpooledEvent } from '../documents/event.ts'
import { durationText } from '../documents/text.ts'
import { isOfPool, transitionText } from '../documents/transition.ts'
import { type CurrentState, currentState } from '../notify/current-state.ts'
import { decodeJournal, encodeJournal, NO_RECORD, recordOf } from '../notify/journal.ts'
import type { CurrentPool } from '../notify/pool.ts'
import type { Clock, Deliver, Log, Spool } from '../ports.ts'
import { createEventTime } from './event-time.ts'
import { guarded, logBug } from './guarded.ts'
import { createChannel, type RunningChannel } from './notify-channel.ts'
import { createPoolWatch } from './pool-watch.ts'

export interface NotifierPorts {
  readonly clock: Clock
  readonly log: Log
  readonly spool: Spool
  readonly deliver: Deliver
}

export interface Notifier {
  /** Told of each state that a status was written of, on a load balancer with its pool. */
  onState(state: State, pool: CurrentPool | null): void
  /** A new config: channels come and go, and those that stay keep what waits there. */
  onConfig(config: Config): void
  /** One sentence for each channel on which telling fails. */
  complaints(): readonly string[]
  /** What has not been told on every channel yet. */
  spool(): SpoolSight
  /** Ends all but the attempts under way, which are waited for, though not for long. */
  stop(): Promise<void>
}

export interface SpoolSight {
  readonly waiting: number
  /** The age of the oldest one, 0 for none. */
  readonly oldestMs: number
}

/** A mail system that takes longer finds the message again when the daemon starts anew. */
const MAX_END_MS = 2000

/** Whoever must be told of trouble with the disk is told in spite of it. */
const MAX_RECORD_MS = 10_000

/** An event that some channel still has to tell. */
interface Waiting {
  readonly event: SpooledEvent
  readonly atMs: number
  readonly channels: Set<string>
}

/** Starts to follow the spool. Transitions are logged, whether or not there is a channel to tell. */
export function createNotifier(first: NotifyConfig, ports: NotifierPorts): Notifier {
  const { clock, log, spool } = ports
  const waiting = new Map<string, Waiting>()
  const channels = new Map<string, RunningChannel>()
  const journal = decodeJournal(spool.readJournal())
  const timeOf = createEventTime(clock)
  const poolWatch = createPoolWatch(ports)
  let rules = first
  let current: CurrentState | null = null

  let looking: Promise<void> | null = null
  let lookAgain = false

  /** One look at a time; what comes meanwhile is found by the next. */
  function look(): void {
    lookAgain = looking !== null
    looking ??= scan()
      .catch((error) => logBug(log, error))
      .finally(() => {
        looking = null
        if (lookAgain) look()
      })
  }

  async function scan(): Promise<void> {
    const lost = await spool.takeLost()
    if (lost > 0)
      await lose(lost, `the spool was full: ${lost} events were dropped, the oldest first`)
    for (const { id, text } of await spool.scan()) takeEvent(id, text)
  }

  /**
   * Nothing goes unsaid: each channel's next message tells how many it does not tell of, and a daemon
   * that ends before knows of them when it starts again.
   *
   * @returns whether that is written down
   */
  async function lose(count: number, why: string): Promise<boolean> {
    log.line('error', why)
    if (channels.size === 0) return true
    for (const channel of channels.values()) channel.lose(count)
    return (await record()) === null
  }

  function takeEvent(id: string, text: string): void {
    const event = decodeEvent(id, text)
    if (typeof event === 'string') {
      // As is one that a newer version has left, before somebody went back to this one.
      void lose(1, `event ${id} is lost, since it cannot be understood: ${event}`)
        .then((isWritten) => (isWritten ? spool.remove([id]) : undefined))
        .catch((error) => logBug(log, error))
      return
    }
    // Of real servers the log has more already.
    if (!isOfPool(event)) log.line('info', `keepalived: ${transitionText(event)}`)
    const recordFor = (name: string) => journal.get(name) ?? NO_RECORD
    const names = [...channels.keys()].filter((name) => !recordFor(name).done.includes(id))
    if (names.length === 0) {
      void spool.remove([id])
      return
    }
    const it = { event, atMs: timeOf(event), channels: new Set(names) }
    waiting.set(id, it)
    for (const name of names)
      channels.get(name)?.tell(event, it.atMs, recordFor(name).tried.includes(id))
  }

  function done(name: string, ids: readonly string[]): void {
    const finished: string[] = []
    for (const id of ids) {
      const it = waiting.get(id)
      it?.channels.delete(name)
      if (it !== undefined && it.channels.size > 0) continue
      waiting.delete(id)
      finished.push(id)
    }
    void spool.remove(finished)
  }

  /** @returns why the journal could not be written, or null */
  async function record(): Promise<string | null> {
    const now = { nowMs: clock.nowMs(), wallMs: clock.wallMs() }
    const records = [...channels].map(([name, channel]) => {
      const others = [...waiting].filter(([, it]) => !it.channels.has(name)).map(([id]) => id)
      return [name, recordOf(channel.outbox, others, now)] as const
    })
    const written = spool.writeJournal(encodeJournal(new Map(records)))
    let cancel = () => {}
    const late = new Promise<string>((resolve) => {
      const why = `the disk has not taken the journal for ${durationText(MAX_RECORD_MS)}`
      cancel = clock.wakeAt(clock.nowMs() + MAX_RECORD_MS, () => resolve(why))
    })
    const done = written.then((it) => (it.ok ? null : it.error))
    return Promise.race([done, late]).finally(cancel)
  }

  function useChannels(config: NotifyConfig): void {
    const names = new Set(config.channels.map((channel) => channel.name))
    for (const [name, channel] of channels) {
      if (names.has(name)) continue
      channels.delete(name)
      channel.stop()
      done(name, [...waiting.keys()])
    }
    for (const channelConfig of config.channels) {
      const { name } = channelConfig
      const running = channels.get(name)
      if (running !== undefined) {
        running.useRules(channelConfig, config)
        continue
      }
      const channel = createChannel(channelConfig, config, journal.get(name) ?? NO_RECORD, {
        ...ports,
        record,
        done: (ids) => done(name, ids),
      })
      channels.set(name, channel)
      if (current !== null) channel.useTruth(current)
      for (const it of waiting.values()) {
        it.channels.add(name)
        channel.tell(it.event, it.atMs, false)
      }
    }
  }

  useChannels(first)
  const unwatch = spool.watch(look)
  look()

  return {
    onState: guarded(log, (next: State, pool: CurrentPool | null) => {
      if (channels.size === 0 && pool === null) return
      const now = currentState(next, pool)
      current = now
      for (const channel of channels.values()) channel.useTruth(now)
      // The end of the daemon is none of a real server.
      if (pool !== null && !next.stopped)
        poolWatch.look(pool, now.instances, rules.backends && channels.size > 0)
    }),
    onConfig: guarded(log, ({ notify }: Config) => {
      rules = notify
      useChannels(notify)
    }),
    complaints: () => [...channels.values()].flatMap((channel) => channel.complaint() ?? []),
    spool() {
      let oldestMs = 0
      for (const { atMs } of waiting.values()) oldestMs = Math.max(oldestMs, clock.nowMs() - atMs)
      return { waiting: waiting.size, oldestMs }
    },
    async stop() {
      unwatch()
      const ends = [...channels.values()].map((channel) => channel.stop())
      ends.push(poolWatch.stop())
      let cancel = () => {}
      const longest = new Promise<void>((resolve) => {
        cancel = clock.wakeAt(clock.nowMs() + MAX_END_MS, resolve)
      })
      await Promise.race([Promise.all(ends), longest])
      cancel()
    },
  }
}
