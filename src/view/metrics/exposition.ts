// Prometheus' text exposition format 0.0.4: families of samples, each value where it cannot be misread.

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export type Labels = Readonly<Record<string, string>>

/** A value that is null is left out: not known is not zero. */
export type Sample = readonly [labels: Labels, value: number | boolean | null]

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly lines: readonly string[]
}

export function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return plain('gauge', name, help, samples)
}

/** @param name ends with `_total` */
export function counter(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return plain('counter', name, help, samples)
}

/** One of several states: 1 for the one that is, 0 for the others, so that none ever goes missing. */
export function states<T extends string>(
  label: string,
  all: readonly T[],
  current: T | null,
  labels: Labels = {},
): Sample[] {
  return all.map((state) => [{ ...labels, [label]: state }, state === current] as const)
}

/** What a histogram has counted, in seconds. */
export interface HistogramSample {
  readonly labels: Labels
  readonly boundsS: readonly number[]
  /** Cumulative, one for each bound. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sumS: number
}

export function histogram(
  name: string,
  help: string,
  samples: readonly HistogramSample[],
): MetricFamily {
  const lines = samples.flatMap(({ labels, boundsS, counts, count, sumS }) => [
    ...boundsS.map((bound, index) =>
      line(`${name}_bucket`, { ...labels, le: String(bound) }, counts[index] ?? count),
    ),
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${name}_sum`, labels, sumS),
    line(`${name}_count`, labels, count),
  ])
  return { name, help, type: 'histogram', lines }
}

/** The whole text. Families without a sample are left out, head and all. */
export function expositionText(families: readonly MetricFamily[]): string {
  return families
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ name, help, type, lines }) => [
      `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...lines,
    ])
    .map((text) => `${text}\n`)
    .join('')
}

function plain(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  samples: readonly Sample[],
): MetricFamily {
  const lines = samples.flatMap(([labels, value]) => {
    const number = Number(value)
    return value === null || !Number.isFinite(number) ? [] : [line(name, labels, number)]
  })
  return { name, help, type, lines }
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

/** The three that the format knows; every other character stands for itself. */
function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
