// The file of names that a cache is warmed with: one "NAME TYPE" a line. Pure.
import { readQuestion } from '../config/values/question.ts'
import type { Expectation, Question } from '../dns/probe.ts'

/** Above this a file is no list of popular names. */
const MAX_NAMES = 100_000

export interface WarmNames {
  readonly questions: readonly Question[]
  /** How many lines are no question, and the number of the first one. */
  readonly refused: number
  readonly firstRefused: number | null
}

/** Any answer warms the cache, so nothing is expected of one. */
export const ANY_ANSWER: Expectation = {
  rcode: 'NOERROR',
  flags: [],
  contains: [],
  minAnswers: 0,
}

/** Reads the lines; a type left out is A, `#` begins a remark, and lines that are no question are counted. */
export function parseWarmNames(text: string): WarmNames {
  const questions: Question[] = []
  let refused = 0
  let firstRefused: number | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const words = (line.split('#', 1)[0] ?? '').trim()
    if (words === '') continue
    const reading = readQuestion(/[ \t]/.test(words) ? words : `${words} A`)
    if (reading.ok && questions.length < MAX_NAMES) questions.push(reading.value)
    else {
      refused++
      firstRefused ??= index + 1
    }
  }
  return { questions, refused, firstRefused }
}
