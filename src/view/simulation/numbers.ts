// Numbers of simulations for people: short, and no more exact than they are.
import type { Delays } from './simulation-document.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** "0", "0.03", "1.25", "19.1", "238": three digits at most. */
export function countText(value: number): string {
  if (value === 0) return '0'
  if (value < 0.005) return '<.01'
  if (value < 10) return value.toFixed(2)
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}

/** A share from 0 to 1 in percent, without the sign: "0", "0.004", "1.2", "60". */
export function percentText(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0'
  if (percent < 0.001) return '<.001'
  if (percent < 0.1) return percent.toFixed(3)
  return percent < 10 ? percent.toFixed(2) : percent.toFixed(1)
}

/** "85ms", "0.31s", "12s", "3.5m", "2.1h". */
function delayText(ms: number): string {
  if (ms < 100) return `${ms.toFixed(0)}ms`
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)}s`
  if (ms < 2 * MINUTE) return `${(ms / SECOND).toFixed(0)}s`
  if (ms < 2 * HOUR) return `${(ms / MINUTE).toFixed(1)}m`
  return `${(ms / HOUR).toFixed(1)}h`
}

/** "-" where there was nothing to wait for, "never" where it did not come. */
export function percentileText({ count }: Delays, ms: number | null): string {
  if (count === 0) return '-'
  return ms === null ? 'never' : delayText(ms)
}
