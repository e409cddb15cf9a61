// The head of the status view: the verdict and since when, why, and what an operator must know besides.
import { isInPool } from '../../balancer/pool.ts'
import { isPass } from '../../dns/outcome.ts'
import type { StatusDocument } from '../../documents/status.ts'
import { alike, overrideText } from '../../documents/text.ts'
import { type Line, lineWidth, type Span, type Tone } from '../screen/line.ts'
import { folded } from '../screen/width.ts'
import { type Look, sinceText, words } from './look.ts'

const VERDICT_TONE = { healthy: 'good', degraded: 'doubtful', failed: 'bad' } as const

export function headLines(document: StatusDocument, look: Look): Line[] {
  const { stale, columns, signs } = look
  const tone: Tone = VERDICT_TONE[document.verdict]
  const rule: Line = [[signs.rule.repeat(columns), stale === null ? tone : 'bad']]
  const server: Span = [words(document.server), 'strong']
  const verdict: Span = [document.verdict, tone]
  if (stale !== null)
    return [
      [server, [' was '], verdict, [' when the daemon wrote last']],
      rule,
      ...told(`STALE: ${stale}; keepalived gets no for an answer`, look, 'bad'),
      ...told('the daemon has ended or hangs; see "systemctl status holdfast"', look, 'bad'),
    ]
  const lasted = sinceText(document, document.verdict_since, look)
  const left: Span[] = [server, [' is '], verdict, [` (for ${lasted})`]]
  const right = tallied(document)
  const gap = columns - lineWidth(left) - lineWidth(right)
  return [gap < 2 ? left : [...left, [' '.repeat(gap)], ...right], rule]
}

/** How many targets answer, or real servers take part: the rest of the first line. */
function tallied({ targets, backends = [] }: StatusDocument): Line {
  if (backends.length > 0) {
    const fit = backends.filter(isInPool).length
    const text = `${fit} of ${backends.length} real servers in the pool`
    return [[text, fit === backends.length ? 'good' : 'doubtful']]
  }
  const passed = targets.filter(({ outcome }) => outcome !== null && isPass(outcome)).length
  const all = targets.length
  if (all === 0) return [['no targets', 'doubtful']]
  if (passed === all) return [[`${all} of ${all} targets answer`, 'good']]
  return [[`${passed} of ${all} targets answer`, 'doubtful']]
}

export function noteLines(document: StatusDocument, look: Look): Line[] {
  const { reasons, override, complaints } = document
  return [
    ...alike(reasons.map(words)).flatMap((reason) => told(`because ${reason}`, look, 'plain')),
    ...(override === null ? [] : told(overrideSentence(document), look, 'doubtful')),
    ...complaints.flatMap((complaint) => told(`note: ${words(complaint)}`, look, 'doubtful')),
  ]
}

/** Only `mode` is looked at: the rest is words. */
function overrideSentence({ override }: StatusDocument): string {
  if (override?.mode !== 'drained' && override?.mode !== 'isolated') throw new TypeError('override')
  return overrideText(override)
}

function told(sentence: string, { columns, signs }: Look, tone: Tone): Line[] {
  return folded(signs.clean(sentence), columns, '  ', '    ').map((line): Line => [[line, tone]])
}
