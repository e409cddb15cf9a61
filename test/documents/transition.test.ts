// Transitions as keepalived tells them, as words and as lines of its FIFO.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { readFifoLine, readTransition } from '../../src/documents/transition.ts'
import { anyText, RUNS } from '../notify/any-text.ts'

describe('transitions', () => {
  test.each([
    [['INSTANCE', 'recdns0', 'MASTER', '250'], { name: 'recdns0', priority: 250 }],
    [['GROUP', 'both', 'BACKUP', '0'], { subject: 'GROUP', priority: null }],
    [['INSTANCE', 'a b/../c\n', 'STOP'], { name: 'a?b?..?c?', priority: null }],
    [['INSTANCE', 'x'.repeat(500), 'FAULT', '-1'], { name: 'x'.repeat(64), priority: null }],
  ])('%j is one', (words, expected) => {
    expect(readTransition(words)).toMatchObject({ ok: true, transition: expected })
  })

  test.each([
    [[], 'unknown subject ""'],
    [['VS', 'x', 'UP'], 'unknown subject "VS"'],
    [['INSTANCE', '', 'MASTER'], 'NAME is missing'],
    [['INSTANCE', 'x', 'master\u001b[2J'], 'unknown state "master?[2J": use MASTER, BACKUP'],
  ])('%j is none', (words, why) => {
    const read = readTransition(words)
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining(why) })
  })

  test.each([
    ['INSTANCE "recdns0" MASTER 150', { name: 'recdns0', state: 'MASTER', priority: 150 }],
    ['GROUP "a b" FAULT 0', { subject: 'GROUP', name: 'a?b', state: 'FAULT' }],
  ])('of the FIFO: %s', (line, expected) => {
    expect(readFifoLine(line)).toMatchObject({ ok: true, transition: expected })
  })

  test('lines about other things are passed over, and what is no line is an error', () => {
    expect(readFifoLine('INSTANCE "recdns0" MASTER_RX_LOWER_PRI 150')).toBeNull()
    // With vrrp_notify_priority_changes.
    expect(readFifoLine('INSTANCE "recdns0" MASTER_PRIORITY 250')).toBeNull()
    expect(readFifoLine('INSTANCE "recdns0" BACKUP_PRIORITY 10')).toBeNull()
    expect(readFifoLine('GROUP "recdns0" BACKUP_PRIORITY 0')).toBeNull()
    expect(readFifoLine('VS [192.0.2.1]:tcp:53 UP')).toBeNull()
    for (const line of ['INSTANCE recdns0 MASTER 1', 'nonsense', 'INSTANCE "a"b" MASTER 1'])
      expect(readFifoLine(line)).toMatchObject({ ok: false })
  })

  test('never throw, whatever the words are', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), anyText, (words, line) => {
        const read = readTransition(words)
        if (read.ok) expect(read.transition.name).toMatch(/^[A-Za-z0-9._?-]{1,64}$/)
        readFifoLine(line)
      }),
      { numRuns: RUNS },
    )
  })
})
