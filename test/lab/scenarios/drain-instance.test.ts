// One of two instances is drained, isolated and put back; the other one stays where it is.
import { expect } from 'bun:test'
import { TWO_INSTANCES } from '../layout.ts'
import { expectExit, maintenance } from '../maintenance.ts'

const RECDNS0 = ['192.0.2.53', '2001:db8::53']
const RECDNS1 = ['192.0.2.54', '2001:db8::54']

maintenance('one instance', { onLoopback: true, clusters: TWO_INSTANCES }, async (lab) => {
  const s1 = lab.server('s1')
  await lab.observer.waitFor(RECDNS1, ['s3'])
  for (const flags of [[], ['--isolate']]) {
    const moves = lab.observer.changes.length
    console.log(await expectExit(0, s1, 'drain', '--instance', 'recdns0', ...flags))
    expect(lab.observer.holders('192.0.2.53')).toEqual(['s2'])
    // As a backup of the other instance it is worth what it was.
    expect(s1.priority('recdns1')).toBe(150)
    await expectExit(0, s1, 'check')
    console.log(await expectExit(0, s1, 'undrain'))
    await lab.observer.waitFor(RECDNS0, ['s1'])
    const moved = lab.observer.changes.slice(moves).map((change) => change.address)
    expect(moved.filter((address) => RECDNS1.includes(address))).toEqual([])
  }
  const both = await expectExit(0, s1, 'drain', '--instance', 'recdns0,recdns1')
  expect(both).toContain('s1 is drained (')
  expect(s1.priority('recdns1')).toBe(30)
  await expectExit(0, s1, 'undrain')
})
