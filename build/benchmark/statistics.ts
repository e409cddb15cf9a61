// Medians and percentiles of samples.

/** The value below which `share` (0 to 1) of the samples lie; the nearest rank, never an average. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('there are no samples')
  const sorted = [...samples].sort((a, b) => a - b)
  const rank = Math.ceil(share * sorted.length) - 1
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] as number
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5)
}

export function mean(samples: readonly number[]): number {
  if (samples.length === 0) throw new Error('there are no samples')
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
}
