// Tells of transitions: events from the spool to one outbox a channel, and their messages out.

import type { Config } from '../config/config.ts'
import type { ChannelConfig, NotifyConfig } from '../config/notify-table.ts'
import type { ServerFacts } from '../core/facts.ts'
import { decodeEvent, type SpooledEvent } from '../documents/spooled-event.ts'
import { durationText } from '../documents/text.ts'
import { isOfPool, transitionText } from '../documents/transition.ts'
import type { Deliver } from '../notify/compose-message.ts'
import { type CurrentPool, type CurrentState, currentState } from '../notify/current-state.ts'
import {
  type ChannelRecord,
  decodeJournal,
  encodeJournal,
  NO_RECORD,
  recordOf,
} from '../notify/journal.ts'
import type { Clock, Log, Spool } from '../ports.ts'
import { createEventTime } from './event-stamp.ts'
import { guarded, logBug } from './guarded.ts'
import { RunningChannel } from './notify-channel.ts'
import { createPoolWatch } from './pool-watch.ts'

export interface NotifierPorts {
  readonly clock: Clock
  readonly log: Log
  readonly spool: Spool
  readonly deliver: Deliver
}

export interface Notifier {
  /** Told of each status that was written, on a load balancer with its pool. */
  onStatus(facts: ServerFacts, pool: CurrentPool | null): void
  /** A new config: channels come and go, and those that stay keep what waits there. */
  onConfig(config: Config): void
  /** One sentence for each channel on which telling fails. */
  complaints(): readonly string[]
  /** What has not been told on every channel yet. */
  spool(): SpoolBacklog
  /** Ends all but the attempts under way, which are waited for, though not for long. */
  stop(): Promise<void>
}

export interface SpoolBacklog {
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
export function createNotifier(config: NotifyConfig, ports: NotifierPorts): Notifier {
  const { clock, log, spool } = ports
  const delivery = new Delivery(config, ports)
  const poolWatch = createPoolWatch(ports)
  const look = oneAtATime(() => delivery.scan(), log)
  const unwatch = spool.watch(look)
  look()

  return {
    onStatus: guarded(log, (facts: ServerFacts, pool: CurrentPool | null) => {
      if (!delivery.hasChannels && pool === null) return
      const current = currentState(facts, pool)
      delivery.useState(current)
      // The end of the daemon is none of a real server.
      if (pool !== null && !facts.stopped)
        poolWatch.look(pool, current.instances, delivery.wantsBackends)
    }),
    onConfig: guarded(log, ({ notify }: Config) => delivery.useConfig(notify)),
    complaints: () => delivery.complaints(),
    spool: () => delivery.waiting(),
    async stop() {
      unwatch()
      await within(clock, MAX_END_MS, Promise.all([delivery.stop(), poolWatch.stop()]))
    },
  }
}

/** One run at a time: what comes meanwhile is found by the next. */
function oneAtATime(run: () => Promise<void>, log: Log): () => void {
  let running: Promise<void> | null = null
  let isDue = false
  return function start(): void {
    isDue = running !== null
    running ??= run()
      .catch((error) => logBug(log, error))
      .finally(() => {
        running = null
        if (isDue) start()
      })
  }
}

/** What comes of it, or undefined where that takes longer. */
async function within<T>(clock: Clock, limitMs: number, done: Promise<T>): Promise<T | undefined> {
  let cancel = () => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + limitMs, () => resolve(undefined))
  })
  return Promise.race([done, late]).finally(cancel)
}

/** The channels, and the events of the spool that some of them have not told yet. */
class Delivery {
  readonly #ports: NotifierPorts
  readonly #waiting = new Map<string, Waiting>()
  readonly #channels = new Map<string, RunningChannel>()
  /** What an earlier run has left. */
  readonly #journal: ReadonlyMap<string, ChannelRecord>
  readonly #timeOf: (event: SpooledEvent) => number
  #config: NotifyConfig
  #current: CurrentState | null = null

  constructor(config: NotifyConfig, ports: NotifierPorts) {
    this.#ports = ports
    this.#journal = decodeJournal(ports.spool.readJournal())
    this.#timeOf = createEventTime(ports.clock)
    this.#config = config
    this.useConfig(config)
  }

  get hasChannels(): boolean {
    return this.#channels.size > 0
  }

  /** Whether anybody wants to hear of a load balancer's real servers. */
  get wantsBackends(): boolean {
    return this.#config.backends && this.hasChannels
  }

  useState(current: CurrentState): void {
    this.#current = current
    for (const channel of this.#channels.values()) channel.useState(current)
  }

  useConfig(config: NotifyConfig): void {
    this.#config = config
    const names = new Set(config.channels.map((channel) => channel.name))
    for (const [name, channel] of this.#channels) {
      if (names.has(name)) continue
      this.#channels.delete(name)
      void channel.stop()
      this.#done(name, [...this.#waiting.keys()])
    }
    for (const channel of config.channels) {
      const running = this.#channels.get(channel.name)
      if (running === undefined) this.#startChannel(channel)
      else running.useRules(channel, config)
    }
  }

  complaints(): readonly string[] {
    return [...this.#channels.values()].flatMap((channel) => channel.complaint() ?? [])
  }

  waiting(): SpoolBacklog {
    const nowMs = this.#ports.clock.nowMs()
    const ages = [...this.#waiting.values()].map(({ atMs }) => nowMs - atMs)
    return { waiting: ages.length, oldestMs: Math.max(0, ...ages) }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.stop()))
  }

  /** Takes in what the spool has. */
  async scan(): Promise<void> {
    const { spool } = this.#ports
    const lost = await spool.takeLost()
    if (lost > 0)
      await this.#lose(lost, `the spool was full: ${lost} events were dropped, the oldest first`)
    for (const { id, text } of await spool.scan()) this.#takeEvent(id, text)
  }

  /**
   * Nothing goes unsaid: each channel's next message tells how many it does not tell of, and a daemon
   * that ends before knows of them when it starts again.
   *
   * @returns whether that is written down
   */
  async #lose(count: number, why: string): Promise<boolean> {
    this.#ports.log.line('error', why)
    if (!this.hasChannels) return true
    for (const channel of this.#channels.values()) channel.lose(count)
    return (await this.#record()) === null
  }

  #takeEvent(id: string, text: string): void {
    const { log, spool } = this.#ports
    const event = decodeEvent(id, text)
    if (typeof event === 'string') {
      // As is one that a newer version has left, before somebody went back to this one.
      void this.#lose(1, `event ${id} dropped, because it cannot be read: ${event}`)
        .then((isWritten) => (isWritten ? spool.remove([id]) : undefined))
        .catch((error) => logBug(log, error))
      return
    }
    // Of real servers the log has more already.
    if (!isOfPool(event)) log.line('info', `keepalived: ${transitionText(event)}`)
    const names = [...this.#channels.keys()].filter(
      (name) => !this.#earlier(name).done.includes(id),
    )
    if (names.length === 0) {
      void spool.remove([id])
      return
    }
    const atMs = this.#timeOf(event)
    this.#waiting.set(id, { event, atMs, channels: new Set(names) })
    for (const name of names)
      this.#channels.get(name)?.tell(event, atMs, this.#earlier(name).tried.includes(id))
  }

  #earlier(name: string): ChannelRecord {
    return this.#journal.get(name) ?? NO_RECORD
  }

  #startChannel(config: ChannelConfig): void {
    const { name } = config
    const channel = new RunningChannel(config, this.#config, this.#earlier(name), {
      ...this.#ports,
      record: () => this.#record(),
      done: (ids) => this.#done(name, ids),
    })
    this.#channels.set(name, channel)
    if (this.#current !== null) channel.useState(this.#current)
    for (const waiting of this.#waiting.values()) {
      waiting.channels.add(name)
      channel.tell(waiting.event, waiting.atMs, false)
    }
  }

  #done(name: string, ids: readonly string[]): void {
    const finished: string[] = []
    for (const id of ids) {
      const waiting = this.#waiting.get(id)
      waiting?.channels.delete(name)
      if (waiting !== undefined && waiting.channels.size > 0) continue
      this.#waiting.delete(id)
      finished.push(id)
    }
    void this.#ports.spool.remove(finished)
  }

  /** @returns why the journal could not be written, or null */
  async #record(): Promise<string | null> {
    const { clock, spool } = this.#ports
    const now = { nowMs: clock.nowMs(), wallMs: clock.wallMs() }
    const records = [...this.#channels].map(([name, channel]) => {
      const others = [...this.#waiting]
        .filter(([, waiting]) => !waiting.channels.has(name))
        .map(([id]) => id)
      return [name, recordOf(channel.outbox, others, now)] as const
    })
    const writing = spool.writeJournal(encodeJournal(new Map(records)))
    const written = await within(clock, MAX_RECORD_MS, writing)
    if (written === undefined)
      return `writing the journal takes longer than ${durationText(MAX_RECORD_MS)}`
    return written.ok ? null : written.error
  }
}
