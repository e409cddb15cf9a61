// Asking one item until its outcome is certain: a lost query is no failure, so a target that errs or is late is asked again.
import { isPass } from '../dns/outcome.ts'
import type { ResultEvent } from './event.ts'
import { prove } from './evidence.ts'
import { noteFreshness } from './freshness.ts'
import { lateAfterMs, observeLatency } from './latency.ts'
import type { Inquiry, Item, State, Sweep, SweepSchedule } from './state.ts'
import { emit, log, MAX_AT_ONCE, type StepContext } from './step-context.ts'
import { targetName } from './target.ts'

/** Asks one item. Only required groups are asked again: an upstream group has its own debounce. */
export function ask(
  context: StepContext,
  item: Item,
  cycle: SweepSchedule,
  sweep: Sweep | null,
): void {
  const { state, nowMs } = context
  const { timing } = state.config
  const confirms = item.group.kind === 'required' && timing.confirm > 0 && sweep?.failed !== true
  const { timeoutMs } = item.group
  const lateMs = lateAfterMs(item.latency, timing.lateMs, timeoutMs)
  const inquiry: Inquiry = {
    item,
    cycle,
    sweep,
    askedMs: nowMs,
    endsMs: nowMs + timeoutMs + (confirms ? lateMs + timing.confirmSpreadMs : 0),
    sent: 0,
    open: 0,
    suspected: false,
    unsent: confirms ? timing.confirm : 0,
    gapMs: gapMs(timing),
    dueMs: confirms ? nowMs + lateMs : Number.POSITIVE_INFINITY,
    outcome: 'timeout',
    detail: undefined,
    ttlS: null,
    concluded: false,
  }
  begin(context, inquiry)
}

/**
 * A new config has another probe in place of the one that was asked. Its answer would be no answer to
 * the new question, but a target that gives none is no better for being asked another one: the new
 * question takes over when the old one was asked, and what had no end by its time has failed.
 *
 * @returns the new inquiry if that is the end of it, with its outcome
 */
export function handOver(context: StepContext, old: Inquiry, heir: Item): Inquiry | null {
  const { state, nowMs } = context
  abandon(state, old)
  const { timing } = state.config
  const { askedMs, endsMs, suspected, dueMs, outcome, detail } = old
  const taken = { item: heir, cycle: old.cycle, sweep: null, askedMs, endsMs, suspected }
  const unsent = state.damper.phase === 'down' ? 0 : timing.confirm
  const asks = { sent: 0, open: 0, unsent, gapMs: gapMs(timing), concluded: false }
  const course = { ...asks, outcome, detail, ttlS: null }
  const nextMs = suspected ? nowMs : dueMs
  const due = { dueMs: unsent > 0 ? nextMs : Number.POSITIVE_INFINITY }
  const inquiry: Inquiry = { ...taken, ...course, ...due }
  if (nowMs >= endsMs) return conclude(context, inquiry, null)
  begin(context, inquiry)
  return null
}

/** Its queries still count as under way until they end, because they are; their results are ignored. */
export function abandon(state: State, inquiry: Inquiry): void {
  inquiry.concluded = true
  inquiry.unsent = 0
  if (inquiry.sweep !== null) inquiry.sweep.open--
  strike(state.inquiries, inquiry)
}

function begin(context: StepContext, inquiry: Inquiry): void {
  const { state } = context
  if (inquiry.sweep !== null) inquiry.sweep.open++
  state.inquiries.push(inquiry)
  if (inquiry.dueMs < state.inquiryWakeMs) state.inquiryWakeMs = inquiry.dueMs
  send(context, inquiry)
}

/** Does what the time demands: finds late queries, sends confirming ones. */
export function runInquiries(context: StepContext): void {
  const { state, nowMs } = context
  if (nowMs < state.inquiryWakeMs) return
  let wakeMs = Number.POSITIVE_INFINITY
  let asked = 0
  for (const inquiry of state.inquiries) {
    if (inquiry.dueMs <= nowMs) {
      if (asked++ === MAX_AT_ONCE) {
        wakeMs = nowMs
        break
      }
      if (!inquiry.suspected) suspect(context, inquiry, 'late')
      confirm(context, inquiry)
    }
    if (inquiry.dueMs < wakeMs) wakeMs = inquiry.dueMs
  }
  state.inquiryWakeMs = wakeMs
}

/**
 * Takes in the end of one query. Returns the inquiry when that concluded it; its `outcome` is then
 * final. A query that nobody waits for any more is nothing.
 */
export function takeResult(context: StepContext, event: ResultEvent): Inquiry | null {
  const { state } = context
  const query = state.queries.get(event.queryId)
  if (query === undefined) return null
  state.queries.delete(event.queryId)
  context.answered = query
  const concluded = takeAnswer(context, query.inquiry, event)
  query.concludes = concluded !== null
  return concluded
}

function takeAnswer(context: StepContext, inquiry: Inquiry, event: ResultEvent): Inquiry | null {
  const { state } = context
  if (inquiry.cycle !== state.required) state.upstreamQueries--
  inquiry.open--
  if (event.outcome === 'ok') observeLatency(inquiry.item.latency, event.latencyMs)
  if (inquiry.concluded) return null
  inquiry.outcome = event.outcome
  inquiry.detail = event.detail
  inquiry.ttlS = event.ttlS ?? null
  if (isPass(event.outcome)) {
    if (inquiry.suspected)
      log(context, { kind: 'cleared', target: targetName(inquiry.item.target) })
    return conclude(context, inquiry, event.latencyMs)
  }
  if (!inquiry.suspected && inquiry.unsent > 0) suspect(context, inquiry, event.outcome)
  confirm(context, inquiry)
  if (inquiry.open > 0 || inquiry.unsent > 0) return null
  return conclude(context, inquiry, event.latencyMs)
}

/** Ends an inquiry whose address has gone: there is nothing left to fail. */
export function concludeVanished(context: StepContext, inquiry: Inquiry): void {
  inquiry.outcome = 'vanished'
  inquiry.detail = undefined
  conclude(context, inquiry, null)
}

/**
 * Forgets all inquiries. Their queries still count as under way until they end, because they are;
 * their results are ignored.
 */
export function dropInquiries(context: StepContext): void {
  const { state } = context
  for (const { inquiry } of state.queries.values()) {
    inquiry.concluded = true
    inquiry.unsent = 0
  }
  state.inquiries.length = 0
  state.inquiryWakeMs = Number.POSITIVE_INFINITY
}

function suspect(
  context: StepContext,
  inquiry: Inquiry,
  outcome: Inquiry['outcome'] | 'late',
): void {
  const { nowMs } = context
  inquiry.suspected = true
  if (inquiry.sweep !== null) inquiry.sweep.suspicious = true
  inquiry.dueMs = nowMs
  const target = targetName(inquiry.item.target)
  log(context, { kind: 'suspected', target, outcome, afterMs: nowMs - inquiry.askedMs })
}

/** Sends a confirming query that is due; they are spread so that one burst of loss does not take them all. */
function confirm(context: StepContext, inquiry: Inquiry): void {
  const { state, nowMs } = context
  if (inquiry.suspected && inquiry.unsent > 0 && inquiry.dueMs <= nowMs) {
    inquiry.unsent--
    send(context, inquiry)
    inquiry.dueMs = inquiry.unsent > 0 ? nowMs + inquiry.gapMs : Number.POSITIVE_INFINITY
  }
  if (inquiry.dueMs < state.inquiryWakeMs) state.inquiryWakeMs = inquiry.dueMs
}

/** Infinite where nothing is asked again. */
function gapMs({ confirm, confirmSpreadMs }: State['config']['timing']): number {
  return confirmSpreadMs / confirm
}

function send(context: StepContext, inquiry: Inquiry): void {
  const { state } = context
  const { item } = inquiry
  const id = state.nextQueryId++
  const nth = inquiry.sent++
  inquiry.open++
  if (inquiry.cycle !== state.required) state.upstreamQueries++
  state.queries.set(id, { inquiry, nth, concludes: false })
  emit(context, {
    kind: 'query',
    id,
    inquiry,
    nth,
    target: item.target,
    question: item.probe.question,
    expect: item.probe.expect,
    timeoutMs: item.group.timeoutMs,
  })
}

function conclude(context: StepContext, inquiry: Inquiry, latencyMs: number | null): Inquiry {
  const { state, nowMs } = context
  const { item } = inquiry
  inquiry.concluded = true
  inquiry.unsent = 0
  strike(state.inquiries, inquiry)
  if (state.inquiries.length === 0) state.inquiryWakeMs = Number.POSITIVE_INFINITY
  item.outcome = inquiry.outcome
  item.detail = inquiry.detail
  item.latencyMs = inquiry.outcome === 'ok' ? latencyMs : null
  item.atMs = nowMs
  if (item.evidence !== null) prove(state, item.evidence, inquiry.askedMs)
  noteFreshness(inquiry, nowMs)
  return inquiry
}

function strike(inquiries: Inquiry[], inquiry: Inquiry): void {
  if (inquiries.length === 1 && inquiries[0] === inquiry) {
    inquiries.pop()
    return
  }
  const index = inquiries.indexOf(inquiry)
  if (index >= 0) inquiries.splice(index, 1)
}
