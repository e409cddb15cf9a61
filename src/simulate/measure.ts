// What a run is judged by, measured between changes rather than query by query.

/** All rates are shares of time, per instance; times are milliseconds. */
export interface Measures {
  readonly hours: number
  readonly instances: number
  /** Times an instance's addresses went from one server to another. */
  failovers: number
  failoversPerHour: number
  /** The address is on a server that loses half its queries or more while a good one could have it. */
  badShare: number
  noHolderShare: number
  twoHoldersShare: number
  /** Share of clients' queries that are lost. */
  lostShare: number
  /** From the holder's going bad until a good server holds the address. */
  detectionsMs: number[]
  /** From the best server's being good again until it holds the address. */
  returnsMs: number[]
}

/** What the meter asks of the world whenever something has changed. */
export interface MeterSubject {
  holders(instance: number): readonly number[]
  /** The share of queries that a server loses in its present condition in the long run. */
  badness(server: number): number
  /** The share of an instance's queries that a server, as its holder, loses now. */
  loss(instance: number, server: number): number
  /** Whether a server may be given an address: in the order, not drained, on the network. */
  usable(server: number): boolean
  /** The usable good server of the best rank, or null. */
  bestGood(instance: number): number | null
}

const BAD_FROM = 0.5

interface Sample {
  bad: boolean
  holders: number
  loss: number
  lastHolder: number | null
  badSinceMs: number | null
  awaitsReturnOf: number | null
  goodSinceMs: number
}

export interface Meter {
  /** Takes in everything since the last call, then looks at the world anew. */
  felt(nowMs: number): void
  result(endMs: number): Measures
}

export function createMeter(instances: number, subject: MeterSubject, fromMs: number): Meter {
  const samples = Array.from(
    { length: instances },
    (): Sample => ({
      bad: false,
      holders: 0,
      loss: 1,
      lastHolder: null,
      badSinceMs: null,
      awaitsReturnOf: null,
      goodSinceMs: 0,
    }),
  )
  const total = { failovers: 0, badMs: 0, noneMs: 0, twoMs: 0, lostMs: 0 }
  const detectionsMs: number[] = []
  const returnsMs: number[] = []
  let lastMs = 0

  function accrue(nowMs: number): void {
    const spanMs = nowMs - Math.max(lastMs, fromMs)
    lastMs = nowMs
    if (spanMs <= 0) return
    for (const sample of samples) {
      if (sample.bad) total.badMs += spanMs
      if (sample.holders === 0) total.noneMs += spanMs
      if (sample.holders > 1) total.twoMs += spanMs
      total.lostMs += spanMs * sample.loss
    }
  }

  function look(instance: number, sample: Sample, nowMs: number): void {
    const holders = subject.holders(instance)
    const [holder] = holders
    sample.holders = holders.length
    sample.loss =
      holders.length === 0 ? 1 : mean(holders.map((server) => subject.loss(instance, server)))
    const best = subject.bestGood(instance)
    sample.bad = best !== null && holders.some((server) => subject.badness(server) >= BAD_FROM)
    if (holders.length === 1 && holder !== undefined) {
      if (sample.lastHolder !== null && sample.lastHolder !== holder && nowMs >= fromMs)
        total.failovers++
      sample.lastHolder = holder
    }
    timeDetection(sample, holders, nowMs)
    timeReturn(sample, holders, best, nowMs)
  }

  /** From the moment a holder is bad (or gone) to the moment a good one holds; a holder that recovers by itself does not count. */
  function timeDetection(sample: Sample, holders: readonly number[], nowMs: number): void {
    const served =
      holders.length > 0 && holders.every((server) => subject.badness(server) < BAD_FROM)
    if (sample.bad && sample.badSinceMs === null) sample.badSinceMs = nowMs
    if (!served || sample.badSinceMs === null) return
    if (sample.lastHolder !== sample.awaitsReturnOf || sample.awaitsReturnOf === null) {
      if (nowMs >= fromMs) detectionsMs.push(nowMs - sample.badSinceMs)
    }
    sample.badSinceMs = null
  }

  function timeReturn(
    sample: Sample,
    holders: readonly number[],
    best: number | null,
    nowMs: number,
  ): void {
    if (best === null || holders.includes(best)) {
      if (best !== null && sample.awaitsReturnOf === best && nowMs > sample.goodSinceMs) {
        returnsMs.push(nowMs - sample.goodSinceMs)
      }
      sample.awaitsReturnOf = null
    } else if (sample.awaitsReturnOf !== best) {
      sample.awaitsReturnOf = best
      sample.goodSinceMs = nowMs
    }
  }

  return {
    felt(nowMs) {
      accrue(nowMs)
      for (const [instance, sample] of samples.entries()) look(instance, sample, nowMs)
    },
    result(endMs) {
      accrue(endMs)
      const spanMs = (endMs - fromMs) * instances
      const hours = (endMs - fromMs) / 3_600_000
      return {
        hours,
        instances,
        failovers: total.failovers,
        failoversPerHour: total.failovers / hours / instances,
        badShare: total.badMs / spanMs,
        noHolderShare: total.noneMs / spanMs,
        twoHoldersShare: total.twoMs / spanMs,
        lostShare: total.lostMs / spanMs,
        detectionsMs,
        returnsMs,
      }
    },
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
