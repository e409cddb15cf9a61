// What others watch the daemon by: the textfile for node_exporter, and the endpoint with metrics and page.
import type { ListenAddress, MetricsConfig } from '../config/config.ts'
import type { ServerFacts } from '../core/facts.ts'
import type { Health } from '../core/server-state.ts'
import type { StatusDocument } from '../documents/status-document.ts'
import { reasonsOf, stateOf } from '../documents/status-summary.ts'
import type { EndpointStrip, Tally } from '../documents/tally-document.ts'
import type { Clock, Log, TextfileCollector, WebReply, WebServer } from '../ports.ts'
import { EXPOSITION_TYPE } from '../view/metrics/exposition.ts'
import { type MetricsContext, metricsText } from '../view/metrics/metrics.ts'
import { guarded } from './guarded.ts'

export interface MonitoringPorts {
  readonly clock: Clock
  readonly log: Log
  readonly textfileCollector: TextfileCollector
  readonly web: WebServer
}

/** What there is to show at the moment of asking. */
export interface View extends Omit<MetricsContext, 'wallMs' | 'startedWallMs'> {
  readonly status: StatusDocument
  readonly tally: Tally
}

export interface Monitoring {
  /** Told of each status that was written: a change of the health is not kept back. */
  onStatus(facts: Pick<ServerFacts, 'health'>): void
  onConfig(config: MetricsConfig): void
  /** One sentence for each thing that cannot be had where it should be. */
  complaints(): readonly string[]
  /** Writes once more, so that the last that is read is the truth. */
  stop(): void
}

const PART = 'monitoring'

/** The first check cycle is over by then, and who restarts the daemon sees it soon. */
const FIRST_AFTER_MS = 1000
/** A port that another program has, or an address that has yet to come. */
const RETRY_AFTER_MS = 10_000

export function createMonitoring(
  first: MetricsConfig,
  ports: MonitoringPorts,
  view: () => View,
): Monitoring {
  const { log } = ports
  const startedAt = createStartedAt()
  const metrics = () => metricsOf(view(), ports.clock.wallMs(), startedAt)
  const textfile = createTextfile(first, ports, metrics)
  const endpoint = createEndpoint(ports, async (path) => replyTo(path, view, metrics))
  let health: Health | null = null
  endpoint.listenAt(first.listen)

  return {
    onStatus: guarded(
      log,
      (facts: Pick<ServerFacts, 'health'>) => {
        const isNews = health !== null && facts.health !== health
        health = facts.health
        if (isNews) textfile.write()
      },
      PART,
    ),
    onConfig: guarded(
      log,
      (config: MetricsConfig) => {
        textfile.useConfig(config)
        endpoint.listenAt(config.listen)
      },
      PART,
    ),
    complaints: () => [...textfile.complaints(), ...endpoint.complaints()],
    stop: guarded(
      log,
      () => {
        textfile.stop()
        endpoint.listenAt(null)
      },
      PART,
    ),
  }
}

function metricsOf(
  { status, tally, ...context }: View,
  wallMs: number,
  startedAt: ReturnType<typeof createStartedAt>,
): string {
  const startedWallMs = startedAt(wallMs, tally.countedMs)
  return metricsText(status, tally, { ...context, wallMs, startedWallMs })
}

async function replyTo(
  path: string,
  view: () => View,
  metrics: () => string,
): Promise<WebReply | null> {
  switch (path) {
    case '/':
      return pageReply()
    case '/metrics':
      return { type: EXPOSITION_TYPE, body: metrics() }
    case '/status.json': {
      const { status, tally } = view()
      return { type: 'application/json', body: pageStatus(status, tally.strips) }
    }
    default:
      return null
  }
}

/** What the page draws: the status, what it begins with, and the last minutes of each endpoint. */
export function pageStatus(status: StatusDocument, strips: readonly EndpointStrip[]): string {
  const state = stateOf(status)
  return `${JSON.stringify({ ...status, state, why: reasonsOf(status), strips })}\n`
}

/** A sentence that is logged when it changes, and shown as long as it is true. */
function createTrouble(log: Log, over: string) {
  let text: string | null = null
  return {
    set(next: string | null): void {
      if (next === text) return
      if (next !== null) log.line('error', next)
      else log.line('info', over)
      text = next
    },
    complaints: () => (text === null ? [] : [text]),
  }
}

/** Written every so often, and when there is news. */
function createTextfile(first: MetricsConfig, ports: MonitoringPorts, text: () => string) {
  const { clock, textfileCollector, log } = ports
  const trouble = createTrouble(log, 'the metrics are written again')
  let config = first
  let cancel = clock.wakeAt(clock.nowMs() + Math.min(FIRST_AFTER_MS, first.intervalMs), turn)

  let isWriting = false
  let isDue = false

  /** One at a time: what a slow disk leaves no time for is in the next. */
  const write = guarded(
    log,
    () => {
      const { textfile } = config
      isDue = isWriting
      if (textfile === null || isWriting) return
      isWriting = true
      void textfileCollector.write(textfile, text()).then((written) => {
        isWriting = false
        if (isDue) write()
        if (config.textfile !== textfile) return
        trouble.set(written.ok ? null : `the metrics are not written: ${written.error}`)
      })
    },
    PART,
  )

  function turn(): void {
    write()
    cancel = clock.wakeAt(clock.nowMs() + config.intervalMs, turn)
  }

  return {
    write,
    useConfig(next: MetricsConfig): void {
      const { textfile: path } = config
      config = next
      // What is written no more would be read for ever.
      if (path !== null && path !== next.textfile) {
        void textfileCollector.remove(path)
        trouble.set(null)
      }
      cancel()
      turn()
    },
    complaints: trouble.complaints,
    stop(): void {
      write()
      cancel()
    },
  }
}

/** Listens at one address or none, and tries again where it cannot. */
function createEndpoint(
  { clock, log, web }: MonitoringPorts,
  answer: (path: string) => Promise<WebReply | null>,
) {
  const trouble = createTrouble(log, 'the endpoint can be asked again')
  let wanted: ListenAddress | null = null
  let close = () => {}
  let cancelRetry = () => {}

  async function open(at: ListenAddress): Promise<void> {
    const opened = await web.listen(at, answer)
    // Another reload may have come in between.
    if (wanted !== at) {
      if (opened.ok) opened.value()
      return
    }
    if (opened.ok) {
      close = opened.value
      trouble.set(null)
      log.line('info', `metrics and page: http://${hostOf(at)}/`)
      return
    }
    trouble.set(opened.error)
    cancelRetry = clock.wakeAt(clock.nowMs() + RETRY_AFTER_MS, () => void open(at))
  }

  return {
    listenAt(at: ListenAddress | null): void {
      if (at?.address === wanted?.address && at?.port === wanted?.port) return
      cancelRetry()
      close()
      close = () => {}
      wanted = at
      if (at === null) trouble.set(null)
      else void open(at)
    },
    complaints: trouble.complaints,
  }
}

function hostOf({ address, port }: ListenAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** A wall clock that was set steps further; what is below are two clocks that were read one after the other. */
const STEP_MS = 1000

/**
 * Tells, from the wall clock and for how long the daemon has run by its own, when it started. What it
 * told before stands until the wall clock was set: whoever watches it for changes counts starts.
 *
 * @returns milliseconds since 1970
 */
export function createStartedAt(): (wallMs: number, ranForMs: number) => number {
  let known: number | null = null
  return (wallMs, ranForMs) => {
    const seen = wallMs - ranForMs
    if (known === null || Math.abs(seen - known) > STEP_MS) known = seen
    return known
  }
}

let made: Promise<WebReply> | null = null

/** The page: loaded and hashed when somebody first asks for it, for most servers never do. */
export function pageReply(): Promise<WebReply> {
  made ??= makeReply()
  return made
}

async function makeReply(): Promise<WebReply> {
  const { PAGE_SCRIPT, PAGE_STYLE, pagePolicy, pageText } = await import('../page/page.ts')
  const policy = pagePolicy(await sha256(PAGE_STYLE), await sha256(PAGE_SCRIPT))
  return { type: 'text/html; charset=utf-8', body: pageText(), policy }
}

/** In base64. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Buffer.from(digest).toString('base64')
}
