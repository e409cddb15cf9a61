// A probe in the config: a question alone, or a table with what must come back.
import * as v from 'valibot'
import { canonicalRdata } from '../dns/compare.ts'
import type { HeaderFlag, Probe, Question } from '../dns/probe.ts'
import { DEFAULTS } from './defaults.ts'
import { choiceReader, integerReader, readNonEmpty, textAs } from './readers.ts'
import { leaf, listOfDifferent, pack, pathTo, table } from './schema-parts.ts'
import { type Complaint, quoted } from './text/complaint.ts'
import { readProbeQuestion, readRcode } from './values/question.ts'

const question = leaf(textAs('a question such as "www.example.com A"', readProbeQuestion))
const rcode = leaf(textAs('a response code such as "NOERROR"', readRcode))

const FLAGS: readonly HeaderFlag[] = ['aa', 'ra', 'ad']
const MAX_ANSWERS = 1000

const probeEntries = table({
  question,
  rcode: v.optional(rcode, DEFAULTS.expectation.rcode),
  flags: v.optional(listOfDifferent(leaf(choiceReader(FLAGS))), []),
  contains: v.optional(listOfDifferent(leaf(readNonEmpty)), []),
  min_answers: v.optional(leaf(integerReader(0, MAX_ANSWERS))),
})

type ProbeTable = v.InferOutput<typeof probeEntries>

const probeTable = v.pipe(
  probeEntries,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues !== undefined) return
    const given = dataset.value
    const contradiction = findContradiction(given)
    if (contradiction !== null) {
      const { key, ...complaint } = contradiction
      addIssue({ message: pack(complaint), path: pathTo(given, key) })
      return
    }
    for (const [index, data] of given.contains.entries()) {
      const complaint = complaintAboutData(given.question.type, data)
      if (complaint === null) continue
      const path = [...pathTo(given, 'contains'), ...pathTo(given.contains, index)] as const
      addIssue({ message: pack(complaint), path: [...path] })
    }
  }),
  v.transform((given): Probe => makeProbe(given.question, given)),
)

const probeText = v.pipe(
  question,
  v.transform((asked): Probe => makeProbe(asked, {})),
)

/** A probe: `"NAME TYPE"`, or `{ question = "NAME TYPE", … }`. */
export const probe = v.lazy((input) => (typeof input === 'string' ? probeText : probeTable))

/** A probe for a question that the program itself asks; the text must be a valid question. */
export function probeFor(questionText: string): Probe {
  const asked = readProbeQuestion(questionText)
  if (!asked.ok) throw new Error(`not a question: ${questionText}`)
  return makeProbe(asked.value, {})
}

type ExpectationTable = Pick<ProbeTable, 'rcode' | 'flags' | 'contains' | 'min_answers'>

function makeProbe(asked: Question, given: Partial<ExpectationTable>): Probe {
  const rcode = given.rcode ?? DEFAULTS.expectation.rcode
  const leastByRcode = rcode === 'NOERROR' ? DEFAULTS.expectation.minAnswers : 0
  return {
    question: asked,
    expect: {
      rcode,
      flags: given.flags ?? [],
      contains: given.contains ?? [],
      minAnswers: given.min_answers ?? leastByRcode,
    },
  }
}

/** Answers of the asked type come with NOERROR only: any other code cannot go with them. */
function findContradiction(given: ExpectationTable): (Complaint & { key: string }) | null {
  if (given.rcode === 'NOERROR') return null
  const text = `an answer with the response code ${given.rcode} holds no such records`
  const fail = (key: string, hint: string) =>
    ({ code: 'E_CONTRADICTION', key, text, hint, at: 'key' }) as const
  if (given.contains.length > 0) return fail('contains', 'remove contains, or rcode')
  if ((given.min_answers ?? 0) > 0) return fail('min_answers', 'remove min_answers, or rcode')
  return null
}

/** Text records may be expected without their quotes; all else must be data of the asked type. */
function complaintAboutData(type: string, data: string): Complaint | null {
  const isLooseText = (type === 'TXT' || type === 'SPF') && !data.includes('"')
  if (isLooseText || canonicalRdata(type, data) !== null) return null
  const text = `no ${type} record has the data ${quoted(data)}`
  return { code: 'E_RECORD_DATA', text, hint: `write it as dig shows it: dig +short NAME ${type}` }
}
