// A probe in the config: a question alone, or a table with what must come back.
import { canonicalRdata } from '../dns/compare.ts'
import type { HeaderFlag, Probe, Question } from '../dns/probe.ts'
import { type ComplaintSink, key, optional, required, type Schema, type TableOf } from './key.ts'
import { readNonEmpty, textAs } from './readers.ts'
import { choice, integer, leaf, listOfDifferent, table } from './schema-parts.ts'
import { type Complaint, quoted } from './text/complaint.ts'
import { readProbeQuestion, readRcode } from './values/question.ts'

const question = leaf(textAs('a question such as "www.example.com A"', readProbeQuestion))
const rcode = leaf(textAs('a response code such as "NOERROR"', readRcode))

const FLAGS: readonly HeaderFlag[] = ['aa', 'ra', 'ad']
const MAX_ANSWERS = 1000
/** NOERROR without an answer is what a broken zone says; other codes have no answers. */
const MIN_ANSWERS = 1

export const probeTable = table({
  question: required(
    question,
    '`"NAME TYPE"` or `"NAME TYPE CLASS"`. In an upstream group the first label of NAME may have `{random}` in it.',
  ),
  rcode: key(rcode, 'NOERROR', 'The response code that must come back.'),
  flags: key(
    listOfDifferent(choice(...FLAGS)),
    [],
    'Header flags that must be set: `"aa"`, `"ra"`, `"ad"`.',
  ),
  contains: key(
    listOfDifferent(leaf(readNonEmpty)),
    [],
    'Record data that must be among the answers of the queried type, written as `dig +short` shows it.',
  ),
  min_answers: optional(
    integer(0, MAX_ANSWERS),
    'The least number of answers of the queried type. A broken zone gives NOERROR without an answer.',
    `\`${MIN_ANSWERS}\` with \`NOERROR\`, otherwise \`0\``,
  ),
})

type ProbeTable = TableOf<typeof probeTable.keys>

/** A probe: `"NAME TYPE"`, or `{ question = "NAME TYPE", … }`. */
export const probe: Schema<Probe> = {
  read(value, report) {
    if (typeof value === 'string') {
      const asked = question.read(value, report)
      return asked && makeProbe(asked, probeTable.defaults)
    }
    let isWhole = true
    const given = probeTable.read(value, (complaint, path) => {
      isWhole = false
      report(complaint, path)
    })
    // What could be read of a faulty one is its question, and other rules look at that.
    if (given === undefined || !isWhole) return given as Partial<Probe> as Probe
    checkExpectation(given, report)
    return makeProbe(given.question, given)
  },
}

/** A probe for a question that the program itself asks; the text must be a valid question. */
export function probeFor(questionText: string): Probe {
  const asked = readProbeQuestion(questionText)
  if (!asked.ok) throw new Error(`not a question: ${questionText}`)
  return makeProbe(asked.value, probeTable.defaults)
}

function makeProbe(asked: Question, { rcode, flags, contains, minAnswers }: ProbeTable): Probe {
  const leastByRcode = rcode === 'NOERROR' ? MIN_ANSWERS : 0
  return {
    question: asked,
    expect: { rcode, flags, contains, minAnswers: minAnswers ?? leastByRcode },
  }
}

/** Answers of the asked type come with NOERROR only: any other code cannot go with them. */
function checkExpectation(given: ProbeTable, report: ComplaintSink): void {
  const { question, rcode, contains, minAnswers = 0 } = given
  if (rcode !== 'NOERROR' && (contains.length > 0 || minAnswers > 0)) {
    const wrong = contains.length > 0 ? 'contains' : 'min_answers'
    const text = `an answer with the response code ${rcode} holds no such records`
    const hint = `remove ${wrong}, or rcode`
    report({ code: 'E_CONTRADICTION', text, hint, at: 'key' }, [wrong])
    return
  }
  for (const [index, data] of contains.entries()) {
    const complaint = complaintAboutData(question.type, data)
    if (complaint !== null) report(complaint, ['contains', index])
  }
}

/** Text records may be expected without their quotes; all else must be data of the asked type. */
function complaintAboutData(type: string, data: string): Complaint | null {
  const isLooseText = (type === 'TXT' || type === 'SPF') && !data.includes('"')
  if (isLooseText || canonicalRdata(type, data) !== null) return null
  const text = `no ${type} record has the data ${quoted(data)}`
  return { code: 'E_RECORD_DATA', text, hint: `write it as dig shows it: dig +short NAME ${type}` }
}
