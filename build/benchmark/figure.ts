// A figure: one row of the report, with what it is held against.

export interface Figure {
  readonly what: string
  /** What it stands beside; measured in the same run unless it says otherwise. */
  readonly reference: string
  readonly goal: string
  readonly measured: string
  /** Null where there is nothing to be met. */
  readonly met: boolean | null
  /** What must be known to read it right. */
  readonly note?: string
  /** The numbers behind the texts, units in their names. */
  readonly data: Readonly<Record<string, number | readonly number[]>>
}

/** What a part needs to know to measure. */
export interface BenchContext {
  /** The executable, built for this run. */
  readonly executable: string
  /** A folder on disk that goes when the run ends. */
  readonly workDir: string
  readonly quick: boolean
  /** Rows of an earlier run of the lab, in place of a run now. */
  readonly labResults: string | null
  /** Progress, for people. */
  say(text: string): void
}

export type Part = (context: BenchContext) => Promise<readonly Figure[]>

export const NO_REFERENCE = '–'

/** "4.31 ms", "0.9 ms", "12 ms": three digits are all that a run can vouch for. */
export function ms(value: number): string {
  return `${threeDigits(value)} ms`
}

export function seconds(valueMs: number): string {
  return `${threeDigits(valueMs / 1000)} s`
}

/** Mebibytes, as `ps` and systemd count. */
export function megabytes(valueKb: number): string {
  return `${(valueKb / 1024).toFixed(1)} MB`
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

function threeDigits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
