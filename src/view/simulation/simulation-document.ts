// What a simulation found, as plain data: the document that --json prints and tables and pictures are made from.

/** A number over several runs. */
export interface Spread {
  readonly mean: number
  /** Standard deviation of the runs (n − 1); 0 for a single run. */
  readonly deviation: number
  readonly least: number
  readonly most: number
}

/** How long something took, over all times that it was waited for; a percentile is null when it never came. */
export interface Delays {
  readonly count: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export interface PolicyResult {
  readonly policy: string
  readonly failoversPerHour: Spread
  /** Shares of time, from 0 to 1, in which an address … is on a bad server while a good one could have it, */
  readonly badShare: Spread
  /** … has no holder, */
  readonly noHolderShare: Spread
  /** … has two. */
  readonly twoHoldersShare: Spread
  /** Share of clients' queries that are lost. */
  readonly lostShare: Spread
  /** From the holder's going bad until a good server has taken over. */
  readonly detection: Delays
  /** Bad holders that were left where they were to the end; `detection` counts them as never. */
  readonly undetected: number
  /** Bad holders that recovered before anybody took over; `detection` leaves them out. */
  readonly riddenOut: number
  /** From the best server's recovery until it holds the address again. */
  readonly return: Delays
  /** Best servers that had not got it back at the end; `return` counts them as never. */
  readonly unreturned: number
}

/** The results of all policies in one scenario, at one point of a curve if it has one. */
export interface PointResult {
  /** The error rate in percent, or null for a scenario that is no curve. */
  readonly ratePercent: number | null
  readonly policies: readonly PolicyResult[]
}

export interface ScenarioResult {
  readonly scenario: string
  readonly summary: string
  readonly points: readonly PointResult[]
}

export interface SimulationDocument {
  readonly seed: string
  readonly servers: number
  /** Hours of each run, those before measuring began included. */
  readonly hours: number
  readonly afterHours: number
  readonly runs: number
  readonly vrrp: { readonly version: 2 | 3; readonly advertMs: number }
  readonly policies: readonly { readonly name: string; readonly source: string }[]
  readonly scenarios: readonly ScenarioResult[]
}
