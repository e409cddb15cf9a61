// A server on probation is drained: undrain ends the failback delay, or leaves it where that is asked for.
import { expect } from 'bun:test'
import { expectExit, maintenance, serversToml, until } from '../maintenance.ts'

// Longer than both drains take.
const extraToml = serversToml(['s1', 's2', 's3']).replace('= "3s"', '= "60s"')

maintenance('drain on probation', { onLoopback: true, extraToml }, async (lab) => {
  const s1 = lab.server('s1')
  const address = lab.addresses[0] ?? ''
  await s1.named.kill()
  await lab.observer.waitFor([address], ['s2'])
  await s1.named.start()
  await until('s1 is on probation', () => s1.priority('recdns0') === 55)

  await expectExit(0, s1, 'drain')
  const kept = await expectExit(0, s1, 'undrain', '--keep-failback-delay')
  console.log(kept)
  expect(kept).toContain('failback delay continues')
  expect(s1.priority('recdns0')).toBe(55)
  expect(lab.observer.holders(address)).toEqual(['s2'])

  await expectExit(0, s1, 'drain')
  const ended = await expectExit(0, s1, 'undrain')
  console.log(ended)
  expect(ended).toContain('failback delay ended')
  expect(s1.priority('recdns0')).toBe(250)
  await lab.observer.waitFor([address], ['s1'])
})
