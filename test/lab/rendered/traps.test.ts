// keepalived's traps, each walked into with rendered configuration: it must fail closed.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { createLab, type Lab, onLab } from '../lab.ts'
import type { LabServer } from '../server.ts'
import { effectivePriority, until } from './rendered-site.ts'

const LOWEST = 1
setDefaultTimeout(60_000)
const ALIVE = '/run/holdfast/alive'
const PRIORITY = '/run/holdfast/priority/recdns0'

/** One server is enough: what it is worth is keepalived's own word. */
async function raise(): Promise<{ lab: Lab; s1: LabServer }> {
  const lab = await createLab({ servers: ['s1'], holdfast: 'stand-in' })
  return { lab, s1: lab.server('s1') }
}

function becomes(s1: LabServer, priority: number): Promise<void> {
  return until(`the priority is ${priority}`, () => effectivePriority(s1, 'recdns0') === priority)
}

describe.skipIf(whyNoLab() !== null)('on a server that is worth 250', () => {
  let lab: Lab
  let s1: LabServer
  let program: string
  beforeAll(async () => {
    const raised = await raise()
    lab = raised.lab
    s1 = raised.s1
    s1.publish('recdns0', 250)
    await lab.start()
    await becomes(s1, 250)
    program = s1.node.read(HOLDFAST)
  })
  afterAll(() => lab.destroy())

  // A script that cannot be executed counts as one that succeeds, and an empty one does succeed.
  test.each([
    ['gone', () => s1.node.remove(HOLDFAST)],
    ['empty', () => s1.node.write(HOLDFAST, '', 0o755)],
    ['full of zeros', () => s1.node.write(HOLDFAST, '\0'.repeat(100_000), 0o755)],
    ['not executable', () => s1.node.write(HOLDFAST, program, 0o644)],
    ['of another machine', () => s1.node.write(HOLDFAST, '\u007fELF\u0002\u0001\u0001', 0o755)],
    ['silent', () => s1.node.write(HOLDFAST, '#!/bin/sh\nexit 0\n', 0o755)],
    ['talkative but failing', () => s1.node.write(HOLDFAST, '#!/bin/sh\necho no\nexit 1\n', 0o755)],
    ['hanging', () => s1.node.write(HOLDFAST, '#!/bin/sh\necho yes\nexec sleep 60\n', 0o755)],
    ['killed each time', () => s1.node.write(HOLDFAST, '#!/bin/sh\necho yes\nkill -9 $$\n', 0o755)],
    ['a folder', () => replaceByFolder(s1)],
  ])('an executable that is %s leaves the lowest priority', async (_, spoil) => {
    spoil()
    await becomes(s1, LOWEST)
    s1.node.remove(HOLDFAST)
    s1.node.write(HOLDFAST, program, 0o755)
    await becomes(s1, 250)
  })

  // Script security removes such a script, and the instance would run untracked.
  test('an executable that others may change is asked all the same', async () => {
    await s1.node.run(['chmod', '0777', HOLDFAST])
    await s1.node.run(['chown', '1000:1000', HOLDFAST])
    s1.keepalived.signal('SIGHUP')
    s1.node.remove(ALIVE)
    await becomes(s1, LOWEST)
    s1.node.write(ALIVE, '')
    await becomes(s1, 250)
  })

  test.each([
    ['missing', null],
    ['empty', ''],
    ['no number', 'healthy\n'],
    ['binary', '\0\0\u0001'],
  ])('a priority file that is %s leaves the lowest priority', async (_, text) => {
    if (text === null) s1.node.remove(PRIORITY)
    else s1.node.write(PRIORITY, text)
    await becomes(s1, LOWEST)
    s1.publish('recdns0', 250)
    await becomes(s1, 250)
  })

  test('a reload keeps the address where it is', async () => {
    await lab.observer.waitFor(lab.addresses, ['s1'])
    const fromMs = Date.now()
    const from = s1.keepalived.log.lines.length
    s1.keepalived.signal('SIGHUP')
    await s1.keepalived.log.waitFor(/Reload complete/, {
      from,
    })
    await becomes(s1, 250)
    for (const address of lab.addresses)
      expect(lab.observer.measure(address, fromMs, Date.now()).noneMs).toBe(0)
  })
})

function replaceByFolder(s1: LabServer): void {
  s1.node.remove(HOLDFAST)
  s1.node.write(`${HOLDFAST}/inside`, '')
}

describe.skipIf(whyNoLab() !== null)('from the start', () => {
  test('a server whose daemon says nothing is worth nothing, whatever the file says', async () => {
    const { lab, s1 } = await raise()
    await onLab(Promise.resolve(lab), async () => {
      s1.publish('recdns0', 250)
      await s1.keepalived.start()
      await s1.keepalived.log.waitFor(
        /Script `holdfast` now returning 1|VRRP_Script\(holdfast\) failed/,
      )
      // Alone in the world it holds the address all the same: at the lowest priority.
      await lab.observer.waitFor(lab.addresses, ['s1'])
      expect(effectivePriority(s1, 'recdns0') ?? LOWEST).toBe(LOWEST)
    })
  })

  // keepalived drops the tracker of a folder that is missing, and the test of its config says nothing.
  test('a folder that is missing leaves the lowest priority until keepalived is told', async () => {
    const { lab, s1 } = await raise()
    await onLab(Promise.resolve(lab), async () => {
      s1.node.remove('/run/holdfast')
      await s1.keepalived.start()
      s1.node.write(ALIVE, '')
      s1.publish('recdns0', 250)
      await s1.keepalived.log.waitFor(/VRRP_Script\(holdfast\) succeeded/)
      await lab.observer.waitFor(lab.addresses, ['s1'])
      expect(effectivePriority(s1, 'recdns0') ?? LOWEST).toBe(LOWEST)
      s1.keepalived.signal('SIGHUP')
      await becomes(s1, 250)
    })
  })
})
