// The text of messages: what the body and the subject say of each kind.
import { describe, expect, test } from 'bun:test'
import { composeMessage } from '../../src/notify/compose-message.ts'
import { bodyOf, CONTEXT, item } from './mailbox.ts'
import { CURRENT_STATE, FAILED, holding, madeEvent, SNAPSHOT } from './notify-fixtures.ts'

describe('the body', () => {
  test('of a fault says what to look at', () => {
    const body = bodyOf(madeEvent(1000, 'FAULT'), 'fault')
    expect(body).toStartWith(
      'recdns0 (192.0.2.53, 2001:db8::53) is in FAULT on ns2: keepalived takes no part',
    )
    expect(body).toContain('keepalived entered FAULT')
    expect(body).toContain('journalctl -u keepalived -n 50')
  })

  test('of a stop asks which of the two has stopped', () => {
    expect(bodyOf(madeEvent(1000, 'STOP'), 'stop')).toStartWith(
      'ns2 released recdns0 (192.0.2.53, 2001:db8::53) because keepalived was stopped.\n',
    )
    expect(bodyOf(madeEvent(1000, 'DELETED'), 'stop')).toStartWith(
      'keepalived on ns2 removed recdns0 (192.0.2.53, 2001:db8::53).\n',
    )
    const body = bodyOf(madeEvent(1000, 'BACKUP'), 'stop')
    expect(body).toStartWith(
      'ns2 released recdns0 (192.0.2.53, 2001:db8::53) because holdfast was stopped.\n',
    )
    expect(body).toContain('systemctl status keepalived holdfast')
  })

  test('of a status that was stale says so', () => {
    const snapshot = { ...SNAPSHOT, staleness: 'it expired 3.1 s ago' }
    const body = bodyOf(madeEvent(1000, 'BACKUP', { snapshot }), 'dead')
    expect(body).toContain('holdfast status was not available at that time: it expired 3.1 s ago')
  })

  test('gives the reasons of then, and those of now where they are others', () => {
    const current = holding([], {
      health: 'failed',
      reasons: [...FAILED.reasons, 'something new'],
    })
    const body = bodyOf(madeEvent(1000, 'BACKUP', { snapshot: FAILED }), 'dead', { current })
    expect(body).toContain(`Why\n  ${FAILED.reasons[0]}\n`)
    expect(body).toContain('checks on ns2: failed since 2026-11-21T00:00:00Z: something new\n')
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

  test('says whether clients are served, as far as this server knows', () => {
    const alone = CURRENT_STATE.instances.map((instance) => ({ ...instance, order: ['ns2'] }))
    const says = (holds: string[], differences: Partial<typeof CURRENT_STATE>, state = 'FAULT') =>
      bodyOf(madeEvent(1000, state as 'FAULT'), 'fault', {
        current: holding(holds, differences),
      }).split('\n')[1]
    expect(says([], {})).toBe('Clients of recdns0 are served if ns1 or ns3 has taken over.')
    expect(says([], { instances: alone })).toBe(
      'Clients of recdns0 are not served: the server order lists no other server.',
    )
    expect(says(['recdns0'], {})).toBe('Clients of recdns0 are served by ns2.')
    expect(says(['recdns0'], { health: 'failed' })).toBe(
      'Clients of recdns0 get wrong responses or none: ns2 holds the addresses, and its checks fail.',
    )
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
    expect(subject).toBe('[holdfast] ns2: FAULT on recdns0 (1000 transitions)')
  })

  test('owns up to what it cannot know', () => {
    const unrecorded = 'cannot write /var/lib/holdfast/notify.json: the disk is full'
    const body = bodyOf(madeEvent(1000, 'FAULT'), 'fault', { unrecorded, lost: 7 })
    expect(body).toContain(`It may be sent again, because it cannot be recorded: ${unrecorded}`)
    expect(body).toContain('7 earlier transitions are not in any message')
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
      '[holdfast] ns2: DNS failed, recdns0 released; now serves recdns1',
    )
  })

  test('counts instances that are too many to be named', () => {
    const items = Array.from({ length: 12 }, (_, at) =>
      item(madeEvent(1000, 'FAULT', { name: `i${at}` }), 'fault'),
    )
    expect(composeMessage(items, CONTEXT).subject).toBe('[holdfast] ns2: FAULT on 12 instances')
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
