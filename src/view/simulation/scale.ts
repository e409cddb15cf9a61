// Scales of charts: from values to places, and where the ticks are.

export interface Scale {
  /** From 0 at the low end to 1 at the high one. */
  at(value: number): number
  readonly ticks: readonly { readonly value: number; readonly text: string }[]
}

/** From 0 up, with about `count` round ticks. */
export function linearScale(most: number, count: number, text: (value: number) => string): Scale {
  const step = roundStep(most / count)
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step)
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step)
  return { at: (value) => value / top, ticks: ticks.map((value) => ({ value, text: text(value) })) }
}

/** Powers of ten, with a place for 0 below the lowest of them. */
export function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0)
  const low = positive.length === 0 ? -1 : Math.floor(Math.log10(Math.min(...positive)) + 1e-9)
  const high = positive.length === 0 ? 1 : Math.ceil(Math.log10(Math.max(...positive)) - 1e-9)
  const top = Math.max(high, low + 1)
  const hasZero = positive.length < values.length
  const bottom = hasZero ? low - 1 : low
  const powers = Array.from({ length: top - low + 1 }, (_, index) => low + index)
  const ticks = powers.map((power) => ({ value: 10 ** power, text: powerText(power) }))
  return {
    at: (value) => (value <= 0 ? 0 : (Math.log10(value) - bottom) / (top - bottom)),
    ticks: hasZero ? [{ value: 0, text: '0' }, ...ticks] : ticks,
  }
}

function powerText(power: number): string {
  return power >= 0 ? String(10 ** power) : (10 ** power).toFixed(-power)
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function roundStep(rough: number): number {
  if (!(rough > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough - 1e-12) ?? 10
  return step * power
}
