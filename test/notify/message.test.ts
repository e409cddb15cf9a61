// The text of messages: what the body and the subject say of each kind.
import { describe, expect, test } from 'bun:test'
import { composeMessage } from '../../src/notify/compose-message.ts'
import { bodyOf, CONTEXT, item } from './mailbox.ts'
import { CURRENT_STATE, FAILED, holding, madeEvent, SNAPSHOT } from './notify-fixtures.ts'

describe('the body', () => {
  test('of a fault says what to look at', () => {
    const body = bodyOf(madeEvent(1000, 'FAULT'), 'fault')
    expect(body).toStartWith('recdns0 is in FAULT on ns2: keepalived there takes no part')
    expect(body).toContain('keepalived found a fault')
    expect(body).toContain('journalctl -u keepalived -n 50')
  })

  test('of a stop asks which of the two has stopped', () => {
    expect(bodyOf(madeEvent(1000, 'STOP'), 'stop')).toStartWith(
      'keepalived on ns2 has stopped recdns0.',
    )
    expect(bodyOf(madeEvent(1000, 'DELETED'), 'stop')).toStartWith(
      'keepalived on ns2 has removed recdns0.',
    )
    const body = bodyOf(madeEvent(1000, 'BACKUP'), 'stop')
    expect(body).toStartWith('ns2 gave up recdns0, because holdfast was stopped there.')
    expect(body).toContain('systemctl status keepalived holdfast')
  })

  test('of a status that was stale says so', () => {
    const snapshot = { ...SNAPSHOT, staleness: 'it expired 3.1 s ago' }
    const body = bodyOf(madeEvent(1000, 'BACKUP', { snapshot }), 'dead')
    expect(body).toContain("holdfast's own word was missing at that time: it expired 3.1 s ago")
  })

  test('gives the reasons of then, and those of now where they are others', () => {
    const current = holding([], {
      verdict: 'failed',
      reasons: [...FAILED.reasons, 'something new'],
    })
    const body = bodyOf(madeEvent(1000, 'BACKUP', { snapshot: FAILED }), 'dead', { current })
    expect(body).toContain(`Why\n  ${FAILED.reasons[0]}\n`)
    expect(body).toContain('DNS on ns2 is failed since 2026-11-21 00:00:00: something new\n')
  })

  test('of the first server of an order names no better one', () => {
    const mine = CURRENT_STATE.instances.map((instance) => ({
      ...instance,
      rank: 1,
      order: ['ns2', 'ns3'],
    }))
    const current = { ...CURRENT_STATE, instances: mine }
    expect(bodyOf(madeEvent(1000, 'MASTER'), 'master', { current })).not.toContain('ssh')
  })

  test('of a server that no order lists names all of it', () => {
    const mine = CURRENT_STATE.instances.map((instance) => ({
      ...instance,
      rank: null,
      order: ['ns1'],
    }))
    const body = bodyOf(madeEvent(1000, 'MASTER'), 'master', {
      current: { ...CURRENT_STATE, instances: mine },
    })
    expect(body).toContain('ssh ns1 holdfast status')
  })

  test('of a long flap stays short', () => {
    const items = Array.from({ length: 1000 }, (_, at) =>
      item(
        madeEvent(at * 1000, at % 2 === 0 ? 'MASTER' : 'FAULT'),
        at % 2 === 0 ? 'master' : 'fault',
      ),
    )
    const { body, subject } = composeMessage(items, CONTEXT)
    expect(body).toContain('  ... 976 more transitions ...\n')
    expect(body.split('\n').length).toBeLessThan(60)
    expect(subject).toBe('recdns0 FAULT on ns2 (1000 transitions)')
  })

  test('owns up to what it cannot know', () => {
    const unrecorded = 'cannot write /var/lib/holdfast/notify.json: the disk is full'
    const body = bodyOf(madeEvent(1000, 'FAULT'), 'fault', { unrecorded, lost: 7 })
    expect(body).toContain(`It may come again, since it cannot be recorded: ${unrecorded}`)
    expect(body).toContain('7 earlier transitions are told in the log alone')
  })
})

describe('the subject', () => {
  test('puts instances together by where they stand', () => {
    const current = holding(['recdns1'])
    const items = [
      item(madeEvent(1000, 'BACKUP', { snapshot: FAILED }), 'dead'),
      item(madeEvent(1000, 'MASTER', { name: 'recdns1' }), 'master'),
    ]
    expect(composeMessage(items, { ...CONTEXT, current }).subject).toBe(
      'recdns0 DEAD, recdns1 MASTER on ns2',
    )
  })

  test('counts instances that are too many to be named', () => {
    const items = Array.from({ length: 12 }, (_, at) =>
      item(madeEvent(1000, 'FAULT', { name: `i${at}` }), 'fault'),
    )
    expect(composeMessage(items, CONTEXT).subject).toBe('12 FAULT on ns2')
  })

  test('the gravest of several is what programs are told', () => {
    const items = [
      item(madeEvent(1000, 'MASTER', { name: 'a' }), 'master'),
      item(madeEvent(1000, 'FAULT', { name: 'b' }), 'fault'),
      item(madeEvent(1000, 'BACKUP', { name: 'c', snapshot: FAILED }), 'dead'),
    ]
    expect(composeMessage(items, CONTEXT).state).toBe('DEAD')
  })
})
