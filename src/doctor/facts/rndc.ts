// What the running named says of itself, by `rndc status`.
import { fact } from '../host.ts'

export type RndcStatus =
  | { readonly kind: 'status'; readonly configuredMs: number; readonly line: string }
  | { readonly kind: 'unknown'; readonly why: string }

/** Asks for nothing that changes anything, and may ask in vain: rndc can be turned off. */
export const rndcFact = fact(async ({ inspect }): Promise<RndcStatus> => {
  const run = await inspect.run('rndc', ['status'])
  if (!run.ok) return { kind: 'unknown', why: run.error }
  const { code, stdout, stderr } = run.value
  if (code !== 0) {
    const why = stderr.trim().split('\n')[0] ?? ''
    const denied = inspect.uid !== 0 && /permission denied/i.test(stderr)
    return { kind: 'unknown', why: `${denied ? 'needs root: ' : ''}${why || 'rndc failed'}` }
  }
  return parseRndcStatus(stdout) ?? { kind: 'unknown', why: 'rndc status says no time' }
})

/** When the configuration was read last, by start or reload: whole seconds, cut off. */
export function parseRndcStatus(text: string): RndcStatus | null {
  const line = /^last configured: (.*)$/m.exec(text)
  const configuredMs = Date.parse(line?.[1] ?? '')
  return Number.isNaN(configuredMs) ? null : { kind: 'status', configuredMs, line: line?.[0] ?? '' }
}
