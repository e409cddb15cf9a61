// The status view to the letter: each look of each status is a file, which UPDATE=1 writes anew.
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BALANCER, crowded, FAILED, LOOKS, stripsOf, view, WELL } from './documents.ts'
import { DEAD, DRAINED, PROBATION } from './states.ts'

const FOLDER = join(import.meta.dir, '../testdata/status')

const DOCUMENTS = [
  ['well', WELL],
  ['drained', DRAINED],
  ['on probation', PROBATION],
  ['dead', DEAD],
  ['failed', FAILED],
  ['crowded', crowded(40)],
  ['of a balancer', BALANCER],
] as const

/** The escape character as it can be read in a file. */
const readable = (lines: readonly string[]) => `${lines.join('\n').replaceAll('\u001b', '␛')}\n`

describe.each(DOCUMENTS)('a status that is %s', (name, document) => {
  test.each(LOOKS.map((look) => [look.name, look.options] as const))(
    'looks %s',
    (look, options) => {
      const path = join(FOLDER, `${name.replaceAll(' ', '-')}-${look}.txt`)
      const shown = readable(view(document, { strips: stripsOf(document), ...options }))
      if (process.env.UPDATE === '1') writeFileSync(path, shown)
      expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(shown)
    },
  )
})
