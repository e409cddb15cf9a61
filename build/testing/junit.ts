// Reads the report that bun test writes in JUnit's format.
import type { Counts, TestCase } from './job.ts'

export interface Report {
  readonly counts: Counts
  readonly cases: readonly TestCase[]
  /** Seconds of each test file. */
  readonly files: ReadonlyMap<string, number>
}

export function readReport(xml: string): Report {
  const cases = [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, attributes = '', inside = '']): TestCase => {
      const read = attributesIn(attributes)
      const names = [read.classname, read.name].filter((name) => name !== undefined && name !== '')
      return {
        file: read.file ?? '',
        line: Number(read.line ?? 0),
        name: names.join(' > '),
        outcome: outcomeOf(inside),
      }
    },
  )
  const files = [...xml.matchAll(/^ {2}<testsuite ([^>]*)>/gm)].map(([, attributes = '']) => {
    const { file = '', time = '0' } = attributesIn(attributes)
    return [file, Number(time)] as const
  })
  const count = (outcome: TestCase['outcome']) =>
    cases.filter((one) => one.outcome === outcome).length
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
  return { counts, cases, files: new Map(files) }
}

function outcomeOf(inside: string): TestCase['outcome'] {
  if (/<(failure|error)/.test(inside)) return 'failed'
  return inside.includes('<skipped') ? 'skipped' : 'passed'
}

function attributesIn(text: string): Readonly<Partial<Record<string, string>>> {
  const found = [...text.matchAll(/([\w-]+)="([^"]*)"/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, plain(value)]))
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' },
}

function plain(value: string): string {
  return value.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity)
}
