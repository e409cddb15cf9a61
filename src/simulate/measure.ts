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
  holders: number
  loss: number
  /** The last server that held the address alone. */
  lastHolder: number | null
  /** The holder that went bad, until a good one has taken over. */
  struck: Awaited | null
  /** The best server that has come back, until it holds the address. */
  returning: Awaited | null
  /** Which servers were good and usable at the last look; null before the first. */
  fit: readonly boolean[] | null
}

/** @param fromMs when measuring begins; what is waited for may have begun before */
export function createMeter(
  instances: number,
  servers: number,
  subject: MeterSubject,
  fromMs: number,
): Meter {
  const samples = Array.from({ length: instances }, newSample)
  const total = { failovers: 0, badMs: 0, noneMs: 0, twoMs: 0, lostMs: 0, riddenOut: 0 }
  const detectionsMs: number[] = []
  const returnsMs: number[] = []
  let lastMs = 0

  const isBad = (instance: number, server: number) => subject.badness(instance, server) >= BAD_FROM

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
    const best = subject.bestGood(instance)
    const [holder] = holders
    sample.holders = holders.length
    sample.loss =
      holders.length === 0 ? 1 : mean(holders.map((server) => subject.loss(instance, server)))
    sample.bad = best !== null && holders.some((server) => isBad(instance, server))
    if (holders.length === 1 && holder !== undefined) {
      const moved = sample.lastHolder !== null && sample.lastHolder !== holder
      if (moved && nowMs >= fromMs) total.failovers++
      sample.lastHolder = holder
    }
    timeDetection(instance, sample, holders, best, nowMs)
    timeReturn(instance, sample, holders, best, nowMs)
  }

  /**
   * The holder of an address goes bad, or loses its link, while another could have it: from then to
   * the moment when nobody but good servers has it.
   */
  function timeDetection(
    instance: number,
    sample: Sample,
    holders: readonly number[],
    best: number | null,
    nowMs: number,
  ): void {
    const { struck, lastHolder } = sample
    const served = holders.length > 0 && !holders.some((server) => isBad(instance, server))
    if (struck === null) {
      if (served || lastHolder === null || best === null || !isBad(instance, lastHolder)) return
      sample.struck = { server: lastHolder, sinceMs: nowMs }
      return
    }
    if (best === null) {
      // Now nobody could do better.
      sample.struck = null
      return
    }
    const isSound = !isBad(instance, struck.server)
    if (isSound && (holders.length === 0 || holders.includes(struck.server))) {
      sample.struck = null
      if (nowMs >= fromMs) total.riddenOut++
      return
    }
    if (!served) return
    sample.struck = null
    if (nowMs >= fromMs) detectionsMs.push(nowMs - struck.sinceMs)
  }

  /** Only a server that was out of the question before returns; the next best after a failure does not. */
  function timeReturn(
    instance: number,
    sample: Sample,
    holders: readonly number[],
    best: number | null,
    nowMs: number,
  ): void {
    const before = sample.fit
    sample.fit = Array.from(
      { length: servers },
      (_, server) => subject.usable(server) && !isBad(instance, server),
    )
    const { returning } = sample
    if (returning !== null && returning.server !== best) sample.returning = null
    if (best === null) return
    if (holders.includes(best)) {
      const done = sample.returning
      if (done !== null && nowMs >= fromMs) returnsMs.push(nowMs - done.sinceMs)
      sample.returning = null
    } else if (before !== null && before[best] === false) {
      sample.returning = { server: best, sinceMs: nowMs }
    }
  }

  return {
    onImpact(nowMs) {
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
        undetected: samples.filter((sample) => sample.struck !== null).length,
        riddenOut: total.riddenOut,
        returnsMs,
        unreturned: samples.filter((sample) => sample.returning !== null).length,
      }
    },
  }
}

function newSample(): Sample {
  return {
    bad: false,
    holders: 0,
    loss: 1,
    lastHolder: null,
    struck: null,
    returning: null,
    fit: null,
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
