// What a run is judged by, measured between changes rather than query by query.

/** All shares are of time, per instance; times are milliseconds. */
export interface Measures {
  readonly hours: number
  readonly instances: number
  /** Times an instance's addresses went from one server to another. */
  readonly failovers: number
  readonly failoversPerHour: number
  /** The address is on a server that loses half its queries or more while a good one could have it. */
  readonly badShare: number
  readonly noHolderShare: number
  readonly twoHoldersShare: number
  /** Share of clients' queries that are lost. */
  readonly lostShare: number
  /** From the holder's going bad until only good servers hold the address, each time that they did. */
  readonly detectionsMs: readonly number[]
  /** Holders that were bad, and left where they were, when the run ended. */
  readonly undetected: number
  /** Holders that were good again before anybody took over. */
  readonly riddenOut: number
  /** From the moment that the best server was good again until it held the address. */
  readonly returnsMs: readonly number[]
  /** Best servers that still waited for that when the run ended. */
  readonly unreturned: number
}

/** What the meter asks of the world whenever something has changed. Servers are counted from 0. */
export interface MeterSubject {
  /** Those that hold the address and can be reached. */
  holders(instance: number): readonly number[]
  /** The share of an instance's queries that a server loses in its present condition in the long run. */
  badness(instance: number, server: number): number
  /** The share of an instance's queries that a server, as its holder, loses now. */
  loss(instance: number, server: number): number
  /** Whether a server may be given an address: in the order, not drained, on the network. */
  usable(server: number): boolean
  /** The usable good server of the best rank, or null. */
  bestGood(instance: number): number | null
}

export interface Meter {
  /** Takes in everything since the last call, then looks at the world anew. */
  onImpact(nowMs: number): void
  result(endMs: number): Measures
}

const BAD_FROM = 0.5

/** A server that something is being waited for, and since when. */
interface Awaited {
  readonly server: number
  readonly sinceMs: number
}

interface Sample {
  bad: boolean
  holders: readonly number[]
  loss: number
  /** The usable good server of the best rank, or null. */
  best: number | null
  /** The last server that held the address alone. */
  lastHolder: number | null
  /** The holder that went bad, until a good one has taken over. */
  failing: Awaited | null
  /** The best server that has come back, until it holds the address. */
  returning: Awaited | null
  /** Which servers were good and usable at the last look; null before the first. */
  fit: readonly boolean[] | null
}

/** What was counted since measuring began. */
interface Totals {
  failovers: number
  badMs: number
  noneMs: number
  twoMs: number
  lostMs: number
  riddenOut: number
  readonly detectionsMs: number[]
  readonly returnsMs: number[]
}

type IsBad = (server: number) => boolean

/** @param fromMs when measuring begins; what is waited for may have begun before */
export function createMeter(
  instances: number,
  servers: number,
  subject: MeterSubject,
  fromMs: number,
): Meter {
  const samples = Array.from({ length: instances }, newSample)
  const total = newTotals()
  let lastMs = 0

  function accrue(nowMs: number): void {
    const spanMs = nowMs - Math.max(lastMs, fromMs)
    lastMs = nowMs
    if (spanMs <= 0) return
    for (const sample of samples) {
      if (sample.bad) total.badMs += spanMs
      if (sample.holders.length === 0) total.noneMs += spanMs
      if (sample.holders.length > 1) total.twoMs += spanMs
      total.lostMs += spanMs * sample.loss
    }
  }

  function look(instance: number, sample: Sample, nowMs: number): void {
    const holders = subject.holders(instance)
    const isBad = (server: number) => subject.badness(instance, server) >= BAD_FROM
    sample.holders = holders
    sample.best = subject.bestGood(instance)
    sample.loss =
      holders.length === 0 ? 1 : mean(holders.map((server) => subject.loss(instance, server)))
    sample.bad = sample.best !== null && holders.some(isBad)
    // What happens before measuring begins counts nowhere.
    const counts = nowMs >= fromMs ? total : newTotals()
    noteHolder(sample, counts)
    timeDetection(sample, isBad, nowMs, counts)
    const fit = Array.from(
      { length: servers },
      (_, server) => subject.usable(server) && !isBad(server),
    )
    timeReturn(sample, fit, nowMs, counts)
  }

  return {
    onImpact(nowMs) {
      accrue(nowMs)
      for (const [instance, sample] of samples.entries()) look(instance, sample, nowMs)
    },
    result(endMs) {
      accrue(endMs)
      return measuresOf(total, samples, endMs - fromMs)
    },
  }
}

function noteHolder(sample: Sample, counts: Totals): void {
  const [holder, ...others] = sample.holders
  if (holder === undefined || others.length > 0) return
  if (sample.lastHolder !== null && sample.lastHolder !== holder) counts.failovers++
  sample.lastHolder = holder
}

/**
 * The holder of an address goes bad, or loses its link, while another could have it: from then to
 * the moment when nobody but good servers has it.
 */
function timeDetection(sample: Sample, isBad: IsBad, nowMs: number, counts: Totals): void {
  const { failing, lastHolder, holders, best } = sample
  const served = holders.length > 0 && !holders.some(isBad)
  if (failing === null) {
    if (served || lastHolder === null || best === null || !isBad(lastHolder)) return
    sample.failing = { server: lastHolder, sinceMs: nowMs }
    return
  }
  if (best === null) {
    // Now nobody could do better.
    sample.failing = null
    return
  }
  const isSound = !isBad(failing.server)
  if (isSound && (holders.length === 0 || holders.includes(failing.server))) {
    sample.failing = null
    counts.riddenOut++
    return
  }
  if (!served) return
  sample.failing = null
  counts.detectionsMs.push(nowMs - failing.sinceMs)
}

/** Only a server that was out of the question before returns; the next best after a failure does not. */
function timeReturn(sample: Sample, fit: readonly boolean[], nowMs: number, counts: Totals): void {
  const { fit: before, holders, best } = sample
  sample.fit = fit
  if (sample.returning !== null && sample.returning.server !== best) sample.returning = null
  if (best === null) return
  if (holders.includes(best)) {
    if (sample.returning !== null) counts.returnsMs.push(nowMs - sample.returning.sinceMs)
    sample.returning = null
  } else if (before !== null && before[best] === false) {
    sample.returning = { server: best, sinceMs: nowMs }
  }
}

function measuresOf(total: Totals, samples: readonly Sample[], lengthMs: number): Measures {
  const spanMs = lengthMs * samples.length
  const hours = lengthMs / 3_600_000
  return {
    hours,
    instances: samples.length,
    failovers: total.failovers,
    failoversPerHour: total.failovers / hours / samples.length,
    badShare: total.badMs / spanMs,
    noHolderShare: total.noneMs / spanMs,
    twoHoldersShare: total.twoMs / spanMs,
    lostShare: total.lostMs / spanMs,
    detectionsMs: total.detectionsMs,
    undetected: samples.filter((sample) => sample.failing !== null).length,
    riddenOut: total.riddenOut,
    returnsMs: total.returnsMs,
    unreturned: samples.filter((sample) => sample.returning !== null).length,
  }
}

function newTotals(): Totals {
  const times = { badMs: 0, noneMs: 0, twoMs: 0, lostMs: 0 }
  return { failovers: 0, ...times, riddenOut: 0, detectionsMs: [], returnsMs: [] }
}

function newSample(): Sample {
  return {
    bad: false,
    holders: [],
    loss: 1,
    best: null,
    lastHolder: null,
    failing: null,
    returning: null,
    fit: null,
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
