// What the running named says of itself, by `rndc status`.
import { type Skip, skip } from '../doctor-check.ts'
import { fact } from '../host.ts'

export interface RndcStatus {
  readonly configuredMs: number
  readonly line: string
}

/** Asks for nothing that changes anything, and may ask in vain: rndc can be turned off. */
export const rndcFact = fact(async ({ inspect }): Promise<RndcStatus | Skip> => {
  const run = await inspect.run('rndc', ['status'])
  if (!run.ok) return notSeen(run.error)
  const { code, stdout, stderr } = run.value
  if (code !== 0) {
    const why = stderr.trim().split('\n')[0] ?? ''
    const denied = inspect.uid !== 0 && /permission denied/i.test(stderr)
    return notSeen(`${denied ? 'needs root: ' : ''}${why || 'rndc failed'}`)
  }
  return parseRndcStatus(stdout) ?? notSeen('rndc status says no time')
})

function notSeen(why: string): Skip {
  return skip(`when named read it cannot be seen: ${why}`)
}

/** When the configuration was read last, by start or reload: whole seconds, cut off. */
export function parseRndcStatus(text: string): RndcStatus | null {
  const line = /^last configured: (.*)$/m.exec(text)
  const configuredMs = Date.parse(line?.[1] ?? '')
  return Number.isNaN(configuredMs) ? null : { configuredMs, line: line?.[0] ?? '' }
}
