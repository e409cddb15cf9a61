// A run of the doctor's on this host, and what is told of it to programs and to people.

import { hostname } from 'node:os'
import { isatty } from 'node:tty'
import { CLEAR_LINE, toStandardError } from '../../cli/progress.ts'
import { type DoctorCheck, isSkip } from '../../doctor/doctor-check.ts'
import { configFact } from '../../doctor/facts/loaded-config.ts'
import type { Host } from '../../doctor/host.ts'
import { closingLines } from '../../doctor/report.ts'
import { type CheckResult, type Examination, summaryOf } from '../../doctor/results.ts'
import { startChecks } from '../../doctor/runner.ts'
import { categoryView, repeatedTroubles, type ViewOptions } from '../../doctor/view.ts'

/** @param tell called with the results in their order, as they become known */
export async function examineHost(
  checks: readonly DoctorCheck[],
  host: Host,
  tell: (result: CheckResult) => void = () => {},
): Promise<Examination> {
  const { clock } = host.inspect
  const startMs = clock.nowMs()
  const run = startChecks(checks, host, {
    onResult(result) {
      waiting.clear()
      tell(result)
    },
  })
  const waiting = startWaiting(run.running)
  const results = await run.results
  waiting.end()
  return { results, summary: summaryOf(results), tookMs: clock.nowMs() - startMs }
}

/** Takes results in their order, and tells a category as soon as all of it is known. */
export function createTeller(
  checks: readonly DoctorCheck[],
  options: ViewOptions,
  out: (text: string) => void,
): (result: CheckResult) => void {
  const gathered: CheckResult[] = []
  let isFirst = true
  return (result) => {
    gathered.push(result)
    const { category } = result
    const own = gathered.filter((entry) => entry.category === category)
    if (own.length < checks.filter((check) => check.category === category).length) return
    const text = categoryView(category, own, options)
    out(isFirst ? text : `\n${text}`)
    isFirst = false
  }
}

/** What comes after all categories: the troubles once more, and the counts. */
export function verboseEnd(examination: Examination, options: ViewOptions): string {
  const troubles = repeatedTroubles(examination.results, options)
  return [
    ...(troubles === '' ? [] : ['', troubles]),
    '',
    ...closingLines(examination, options, true),
  ].join('\n')
}

/** What --json prints. */
export async function documentOf(
  host: Host,
  { results, summary, tookMs }: Examination,
): Promise<object> {
  const config = await configFact(host)
  return {
    format: 1,
    version: host.version,
    server: isSkip(config) ? null : config.server.name,
    host: hostname(),
    ran_at: new Date(host.inspect.clock.wallMs()).toISOString(),
    took_ms: Math.round(tookMs),
    results: results.map(({ tookMs, outcome, ...result }) => ({
      ...result,
      took_ms: Math.round(tookMs),
      manual: `docs/reference/doctor.md#${result.code.toLowerCase()}`,
      outcome,
    })),
    summary,
  }
}

const STANDARD_ERROR = 2
/** What is sooner over needs no words. */
const SILENT_MS = 1500
const EVERY_MS = 500
const MAX_CODES = 4

export interface Waiting {
  /** Takes the line away, so that something else can be printed. */
  clear(): void
  end(): void
}

/** @param running asked now and then which checks have not ended */
function startWaiting(running: () => readonly DoctorCheck[]): Waiting {
  if (!isatty(STANDARD_ERROR)) return { clear() {}, end() {} }
  const startMs = performance.now()
  let isShown = false
  const clear = () => {
    if (isShown) toStandardError(CLEAR_LINE)
    isShown = false
  }
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startMs
    const codes = running().map(({ code }) => code)
    if (elapsedMs < SILENT_MS || codes.length === 0) return
    const more = codes.length > MAX_CODES ? ` and ${codes.length - MAX_CODES} more` : ''
    const named = codes.slice(0, MAX_CODES).join(', ')
    toStandardError(`${CLEAR_LINE}${Math.floor(elapsedMs / 1000)} s: still running ${named}${more}`)
    isShown = true
  }, EVERY_MS)
  return {
    clear,
    end() {
      clearInterval(timer)
      clear()
    },
  }
}
