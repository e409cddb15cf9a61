// What systemd hears, through the real systemd-notify and a real datagram socket.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServiceManager } from '../../src/adapters/systemd.ts'
import type { LogLevel } from '../../src/ports.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const withNotify = test.skipIf(!existsSync('/usr/bin/systemd-notify'))

const folder = folderForEachTest()
let receiver: ChildProcess | null
beforeEach(() => {
  receiver = null
})
afterEach(() => {
  receiver?.kill('SIGKILL')
})

const complaints: string[] = []
const log = { line: (_: LogLevel, text: string) => void complaints.push(text) }

/** Starts the receiver; `next` waits for its next message that is not systemd-notify's own. */
async function listen(): Promise<{ socket: string; next: () => Promise<string> }> {
  const socket = join(folder, 'notify')
  const child = spawn('perl', [join(import.meta.dir, 'systemd/receiver.pl'), socket])
  receiver = child
  const lines: string[] = []
  let wake = () => {}
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((line) => line !== 'BARRIER=1'))
    wake()
  })
  const next = async () => {
    while (lines.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return lines.shift() ?? ''
  }
  expect(await next()).toBe('listening')
  return { socket, next }
}

describe('without systemd', () => {
  test.each([{}, { NOTIFY_SOCKET: '' }])('%p: nothing happens', (env) => {
    const manager = createServiceManager({ env, log, searchPath: ['/nonexistent'] })
    manager.ready('x')
    manager.reloading()
    manager.status('x')
    manager.watchdog()
    manager.stopping()
    expect(manager.watchdogMs).toBeNull()
  })
})

describe('the watchdog', () => {
  const watchdogMs = (env: Record<string, string>) =>
    createServiceManager({ env: { NOTIFY_SOCKET: '/nonexistent', ...env }, log }).watchdogMs

  test('is called twice as often as systemd asks', () => {
    expect(watchdogMs({ WATCHDOG_USEC: '3000000' })).toBe(1500)
    expect(watchdogMs({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: `${process.pid}` })).toBe(1500)
  })

  test.each([
    {},
    { WATCHDOG_USEC: '' },
    { WATCHDOG_USEC: '0' },
    { WATCHDOG_USEC: 'soon' },
    { WATCHDOG_USEC: '-5' },
    { WATCHDOG_USEC: '3000000', WATCHDOG_PID: '1' },
  ])('is not for us with %p', (env) => {
    expect(watchdogMs(env as Record<string, string>)).toBeNull()
  })
})

describe('with systemd', () => {
  withNotify('everything is said, in order', async () => {
    const { socket, next } = await listen()
    const manager = createServiceManager({
      env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' },
      log,
    })
    manager.ready('healthy\nREADY=0')
    manager.reloading()
    manager.ready('reloaded')
    manager.watchdog()
    manager.watchdog()
    manager.status('first')
    manager.status('second')
    expect(await next()).toBe('READY=1|STATUS=healthy READY=0')
    const [reloading, time] = (await next()).split('|')
    expect(reloading).toBe('RELOADING=1')
    const uptimeUs = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1e6
    const reloadUs = Number(time?.replace('MONOTONIC_USEC=', ''))
    expect(Math.abs(uptimeUs - reloadUs)).toBeLessThan(10e6)
    expect(await next()).toBe('READY=1|STATUS=reloaded')
    expect(await next()).toBe('WATCHDOG=1')
    expect(await next()).toBe('STATUS=second')
    manager.watchdog()
    expect(await next()).toBe('WATCHDOG=1')
    expect(complaints).toEqual([])
  })

  withNotify('stopping does not wait its turn', async () => {
    const { socket, next } = await listen()
    const manager = createServiceManager({ env: { NOTIFY_SOCKET: socket }, log })
    for (let i = 0; i < 20; i += 1) manager.ready(`${i}`)
    manager.stopping()
    const heard = [await next(), await next()]
    expect(heard).toContain('STOPPING=1')
  })

  withNotify('nobody at the socket is said once', async () => {
    const own: string[] = []
    const env = { NOTIFY_SOCKET: join(folder, 'none') }
    const said = new Promise<string>((resolve) => {
      const manager = createServiceManager({
        env,
        log: {
          line: (_, text) => {
            own.push(text)
            resolve(text)
          },
        },
      })
      manager.ready('x')
      manager.status('y')
    })
    expect(await said).toContain('systemd-notify ended with exit code 1')
    expect(own).toHaveLength(1)
  })

  test('a program that cannot be started is said, and no call waits behind it', async () => {
    writeFileSync(join(folder, 'systemd-notify'), 'neither program nor script', { mode: 0o644 })
    const said = await new Promise<string>((resolve) => {
      const manager = createServiceManager({
        env: { NOTIFY_SOCKET: '/nonexistent' },
        log: { line: (_, text) => resolve(text) },
        searchPath: [folder],
      })
      manager.ready('x')
    })
    expect(said).toContain('cannot reach systemd')
  })

  test('a missing systemd-notify is an error in the log', () => {
    const lines: string[] = []
    const manager = createServiceManager({
      env: { NOTIFY_SOCKET: '/nonexistent', WATCHDOG_USEC: '2000000' },
      log: { line: (level, text) => void lines.push(`${level} ${text}`) },
      searchPath: ['/nonexistent'],
    })
    manager.ready('x')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^error systemd-notify is missing/)
    expect(manager.watchdogMs).toBe(1000)
  })
})
