// The daemon, the command or the whole server ends in the middle of a drain or an undrain.
import { expect } from 'bun:test'
import type { Lab } from '../lab.ts'
import { begin, expectExit, maintenance, modeOf, until, untilStep } from '../maintenance.ts'
import { untilPriority } from './watched-lab.ts'

const ON = { onLoopback: true }

function untilNoneAt(server: string, lab: Lab): Promise<void> {
  const isGone = () =>
    lab.addresses.every((address) => !lab.observer.holders(address).includes(server))
  return lab.observer.waitUntil(isGone, `no service address at ${server}`)
}

/** Whichever of the others holds them: a busy one of them may hand them on. */
function expectNoneAt(server: string, lab: Lab): void {
  for (const address of lab.addresses) expect(lab.observer.holders(address)).not.toContain(server)
}

maintenance('daemon killed at every step of a drain', ON, async (lab) => {
  const s1 = lab.server('s1')
  const codes: (number | null)[] = []
  for (const step of ['peers', 'published', 'left', 'proven']) {
    const drain = await begin(s1, 'drain', '--isolate', '--timeout', '15s')
    await untilStep(drain, step)
    await s1.daemon.kill()
    const { code } = await drain.exited
    const said = drain.log.tail(20)
    console.log(`daemon killed after "${step}": exit ${code}\n${said}`)
    await untilNoneAt('s1', lab)
    const mode = modeOf(s1)
    // With nobody to obey it is no success, unless all was done before we got to kill the daemon.
    // The order stands either way.
    const isDone = said.includes('"step":"done"')
    expect({ code, mode }).toEqual({ code: isDone ? 0 : 1, mode: 'isolated' })
    codes.push(code)
    await Bun.sleep(1500)
    // Without its daemon it stays out, and with a new one, too.
    expectNoneAt('s1', lab)
    await s1.daemon.start()
    if (mode === null) throw new Error(`the order is gone\n${said}`)
    await until('FAULT', () => (s1.priority('recdns0') ?? 0) < 0)
    expectNoneAt('s1', lab)
    await expectExit(0, s1, 'undrain')
    await lab.settled()
  }
  // Had all been done each time, nothing would have been killed in the middle.
  expect(codes).toContain(1)
})

maintenance('daemon killed at every step of an undrain', ON, async (lab) => {
  const s1 = lab.server('s1')
  for (const step of ['drained', 'settled', 'healthy', 'lifted']) {
    await expectExit(0, s1, 'drain', '--isolate')
    const undrain = await begin(s1, 'undrain')
    await untilStep(undrain, step)
    await s1.daemon.kill()
    // Whichever it was, order or none, it is still so without the daemon.
    await Bun.sleep(2500)
    if (modeOf(s1) !== null) expectNoneAt('s1', lab)
    await s1.daemon.start()
    const { code } = await undrain.exited
    console.log(`daemon killed after "${step}": exit ${code}\n${undrain.log.tail(20)}`)
    expect(code).toBe(0)
    expect(modeOf(s1)).toBeNull()
    await lab.settled()
  }
})

maintenance('command killed or interrupted at every step', ON, async (lab) => {
  const s1 = lab.server('s1')
  for (const step of ['peers', 'published', 'left', 'proven']) {
    const drain = await begin(s1, 'drain', '--isolate')
    await untilStep(drain, step)
    drain.signal('SIGKILL')
    await drain.exited
    await expectExit(0, s1, 'drain', '--isolate')
    expect(modeOf(s1)).toBe('isolated')
    const undrain = await begin(s1, 'undrain')
    await untilStep(undrain, 'drained')
    undrain.signal('SIGKILL')
    await undrain.exited
    expect(modeOf(s1)).toBe('drained')
    await expectExit(0, s1, 'undrain')
    await lab.settled()
  }
  const interrupted = await begin(s1, 'drain')
  await untilStep(interrupted, 'peers')
  interrupted.signal('SIGINT')
  const { code } = await interrupted.exited
  console.log(interrupted.log.tail(9))
  // Before the proof it is undone, after it the order stands: never something in between.
  expect(modeOf(s1)).toBe(code === 0 ? 'drained' : null)
  await expectExit(0, s1, 'undrain')
  await lab.settled()
})

maintenance('reboot while drained', ON, async (lab) => {
  const s1 = lab.server('s1')
  await expectExit(0, s1, 'drain', '--reason', 'new memory')
  await s1.powerOff()
  await Bun.sleep(500)
  await s1.boot()
  await s1.start()
  await untilPriority(s1, 'recdns0', 30)
  expectNoneAt('s1', lab)
  const status = await expectExit(0, s1, 'status')
  console.log(status)
  expect(status).toContain('DRAINED by')
  expect(status).toContain('new memory')
  await expectExit(0, s1, 'undrain')
  await lab.settled()
})

maintenance('an order ends by itself, and a corrupt one drains', ON, async (lab) => {
  const s1 = lab.server('s1')
  await expectExit(0, s1, 'drain', '--isolate', '--for', '12s')
  await untilPriority(s1, 'recdns0', 250)
  expect(modeOf(s1)).toBeNull()
  await lab.settled()
  s1.node.write('/var/lib/holdfast/override.json', '{"format": 1, "mode": "dra')
  await untilPriority(s1, 'recdns0', 30)
  expect(await expectExit(0, s1, 'status')).toContain('cannot be read')
  await expectExit(0, s1, 'undrain')
  await lab.settled()
})
