// Parts of a recorded line that may hold anything: only what can be told is let through.
import type { Override } from '../../core/override.ts'

/** Enough that it can be told in a sentence. */
export function isOverride(value: unknown): value is Override {
  if (typeof value !== 'object' || value === null) return false
  const { mode, by, reason, sinceWallMs, untilWallMs, instances, corrupt } = value as Override
  return (
    (mode === 'drained' || mode === 'isolated') &&
    typeof by === 'string' &&
    typeof reason === 'string' &&
    typeof sinceWallMs === 'number' &&
    (untilWallMs === null || typeof untilWallMs === 'number') &&
    (instances === undefined || Array.isArray(instances)) &&
    (corrupt === undefined || typeof corrupt === 'string')
  )
}

/** The texts of a list; none where it is no list. */
export function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((it) => typeof it === 'string') : []
}
