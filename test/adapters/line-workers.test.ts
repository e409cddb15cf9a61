// Processes that answer lines: the order of answers, notes, and workers that die.
import { describe, expect, test } from 'bun:test'
import { answerLines, type LineWork } from '../../src/adapters/line-workers.ts'

/** A worker that answers each line by a shell command. */
function worker(script: string): LineWork['command'] {
  return {
    file: '/bin/sh',
    args: ['-c', `while read -r line; do ${script}; done`],
    env: { PATH: process.env.PATH },
  }
}

function workOf(
  script: string,
  lines: readonly string[],
  workers: number,
  notes: string[] = [],
): LineWork {
  return {
    command: worker(script),
    lines,
    workers,
    notePrefix: '~',
    onNote: (index, note) => notes.push(`${index}:${note}`),
    onAnswer: (index) => notes.push(`${index}!`),
  }
}

const TEN = Array.from({ length: 10 }, (_, index) => String(index))

describe('workers', () => {
  test.each([1, 3, 20])('%d of them answer in the order of the lines', async (workers) => {
    const answered = await answerLines(workOf('echo "<$line>"', TEN, workers))
    expect(answered).toEqual({ ok: true, value: TEN.map((line) => `<${line}>`) })
  })

  test('make notes on the way', async () => {
    const notes: string[] = []
    await answerLines(workOf('echo "~half $line"; echo "$line"', ['a', 'b'], 1, notes))
    expect(notes).toEqual(['0:half a', '0!', '1:half b', '1!'])
  })

  test('have nothing to do without lines', async () => {
    expect(await answerLines(workOf('echo "$line"', [], 2))).toEqual({ ok: true, value: [] })
  })

  test('that die are told of, and the others ended', async () => {
    const answered = await answerLines(workOf('[ "$line" = 5 ] && exit 3; echo "$line"', TEN, 2))
    expect(answered).toEqual({ ok: false, error: 'a worker ended early (exit code 3)' })
    const killed = await answerLines(workOf('kill -9 $$', ['x'], 1))
    expect(killed).toEqual({ ok: false, error: 'a worker ended early (SIGKILL)' })
  })

  test('that cannot be started are told of', async () => {
    const work = workOf('', ['x'], 1)
    const answered = await answerLines({
      ...work,
      command: { ...work.command, file: '/nowhere/at/all' },
    })
    expect(answered.ok ? '' : answered.error).toStartWith('cannot start /nowhere/at/all: ')
  })
})
