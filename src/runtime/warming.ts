// Warms the local server's cache: all names once before a return, and gently while it is a standby.
import type { WarmConfig } from '../config/config.ts'
import type { Question } from '../dns/probe.ts'
import { durationText } from '../documents/text.ts'
import { ANY_ANSWER, parseWarmNames } from '../drain/warm-names.ts'
import type { Clock, Prober, Result } from '../ports.ts'
import { pause } from './pause.ts'

export interface WarmingPorts {
  readonly clock: Clock
  readonly prober: Prober
  /** Never rejects. */
  readonly readNames: (path: string) => Promise<Result<string>>
}

export interface WarmingOptions {
  /** Called after each answer with how many there are. */
  readonly onProgress?: (done: number, of: number) => void
  readonly isCancelled?: () => boolean
}

/** A cold cache may have to walk down from the root. */
const TIMEOUT_MS = 5000
const MAX_UNDER_WAY = 100
const HERE = { transport: 'udp', address: '127.0.0.1', family: 4 } as const

/** Asks all names once at the config's rate and within its limit; resolves to a sentence. */
export async function warmCache(
  config: WarmConfig,
  { clock, prober, readNames }: WarmingPorts,
  { onProgress, isCancelled = () => false }: WarmingOptions = {},
): Promise<string> {
  if (config.namesFile === null) return 'no names to warm the cache with'
  const text = await readNames(config.namesFile)
  if (!text.ok) return `cache not warmed: ${text.error}`
  const { questions, refused, firstRefused } = parseWarmNames(text.value)
  const startMs = clock.nowMs()
  const endMs = startMs + config.maxDelayMs
  let answered = 0
  let done = 0
  const underWay = new Set<Promise<void>>()
  let asked = 0
  for (const question of questions) {
    if (clock.nowMs() >= endMs || isCancelled()) break
    asked++
    const query = ask(prober, question, endMs - clock.nowMs()).then((isAnswered) => {
      if (isAnswered) answered++
      done++
      underWay.delete(query)
      onProgress?.(done, questions.length)
    })
    underWay.add(query)
    if (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay)
    const dueMs = startMs + (asked * 1000) / config.queriesPerSecond
    if (dueMs > clock.nowMs()) await pause(clock, dueMs - clock.nowMs())
  }
  await Promise.all(underWay)
  const notes: string[] = []
  if (asked - answered > 0) notes.push(`${asked - answered} failed`)
  if (asked < questions.length)
    notes.push(`${questions.length - asked} left after ${durationText(config.maxDelayMs)}`)
  if (refused === 1) notes.push(`1 invalid line: ${firstRefused}`)
  if (refused > 1) notes.push(`${refused} invalid lines, the first is ${firstRefused}`)
  const took = durationText(clock.nowMs() - startMs)
  const rest = notes.length === 0 ? '' : ` (${notes.join(', ')})`
  return `cache warmed: ${answered}/${questions.length} names in ${took}${rest}`
}

async function ask(prober: Prober, question: Question, leftMs: number): Promise<boolean> {
  const timeoutMs = Math.max(1, Math.min(TIMEOUT_MS, leftMs))
  const { outcome } = await prober.ask({ endpoint: HERE, question, expect: ANY_ANSWER, timeoutMs })
  // That a name does not exist is an answer, which named keeps as well.
  return outcome === 'ok' || outcome === 'wrong-rcode'
}

export interface StandbyWarmer {
  useConfig(config: WarmConfig): void
  /** Only a server without a service address has a cache that its clients do not keep warm. */
  setStandby(isStandby: boolean): void
  stop(): void
}

/** How soon a file without names, or none, is looked at again. */
const IDLE_MS = 60_000

/** Asks the names over and over at the gentle rate; the file is read anew for each round. */
export function createStandbyWarmer(first: WarmConfig, ports: WarmingPorts): StandbyWarmer {
  const { clock, prober, readNames } = ports
  let config = first
  let isStandby = false
  let questions: readonly Question[] = []
  let next = 0
  let cancel: (() => void) | null = null
  let arms = 0

  async function arm(): Promise<void> {
    cancel?.()
    cancel = null
    const mine = ++arms
    const { namesFile, standbyQueriesPerSecond } = config
    if (!isStandby || namesFile === null || standbyQueriesPerSecond === 0) return
    if (next >= questions.length) {
      const text = await readNames(namesFile)
      if (mine !== arms) return
      questions = text.ok ? parseWarmNames(text.value).questions : []
      next = 0
    }
    const waitMs = questions.length === 0 ? IDLE_MS : 1000 / standbyQueriesPerSecond
    cancel = clock.wakeAt(clock.nowMs() + waitMs, step)
  }

  function step(): void {
    const question = questions[next++]
    if (question !== undefined) void ask(prober, question, TIMEOUT_MS)
    void arm()
  }

  return {
    useConfig(other) {
      config = other
      questions = []
      next = 0
      void arm()
    },
    setStandby(is) {
      if (is === isStandby) return
      isStandby = is
      void arm()
    },
    stop() {
      isStandby = false
      void arm()
    },
  }
}
