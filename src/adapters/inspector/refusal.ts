// What the system refused, as a reading that failed.
import type { Read } from '../../ports.ts'

type Failure = Extract<Read<never>, { ok: false }>

/** An error of the system's, sorted by whether the thing is missing, or not for this user. */
export function asFailure(error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException
  const text = error instanceof Error ? error.message : String(error)
  return { ok: false, why: whyOf(code), error: text.split('\n', 1)[0] ?? '' }
}

function whyOf(code: string | undefined): Failure['why'] {
  switch (code) {
    case 'ENOENT':
      return 'missing'
    case 'EACCES':
    case 'EPERM':
      return 'denied'
    default:
      return 'other'
  }
}
