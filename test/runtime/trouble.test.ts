// What goes wrong beside DNS: disks, folders and files that others break, clocks, bugs.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostForAllTests, whyNoHost } from './host.ts'
import { configText, createPlace, expectClean, healthyDaemon, type Place } from './subject.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(60_000)

describe.skipIf(whyNoHost !== null).concurrent('the daemon in trouble', () => {
  const host = hostForAllTests()

  test('started on a full disk it says so and ends; with room it starts', async () => {
    const place = createPlace(host)
    place.mountSmallDisk()
    place.fillDisk(true)
    const refused = place.start()
    expect(await refused.program.exited).toBe(1)
    expectClean(refused.program.lines.all)
    expect(refused.program.lines.all.join()).toContain('no space left: free')
    place.fillDisk(false)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    await daemon.stop()
  })

  test('a folder that becomes read-only makes it stale until it is writable again', async () => {
    const place = createPlace(host)
    place.mountSmallDisk()
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    host.sh(`mount -o remount,ro ${place.runDir}`)
    await daemon.program.lines.until(/cannot write .*: read-only file system/)
    await place.untilCheck(1)
    host.sh(`mount -o remount,rw ${place.runDir}`)
    await place.untilCheck(0)
    await daemon.stop()
  })

  test('a removed run folder comes back with all that was in it', async () => {
    const { place, daemon } = await healthyDaemon(host)
    // At once, for the daemon writes into it while it is being emptied.
    renameSync(place.runDir, `${place.runDir}-removed`)
    await place.untilPriority('249')
    await place.untilCheck(0)
    await daemon.program.lines.until(/daemon.lock was gone: the lock is taken again/)
    const second = place.start()
    expect(await second.program.exited).toBe(1)
    await daemon.stop()
  })

  test('one whose lock another took meanwhile leaves the field to it', async () => {
    const place = createPlace(host)
    const first = place.start()
    await first.untilHealth('healthy')
    first.program.signal('SIGSTOP')
    rmSync(join(place.runDir, 'daemon.lock'))
    const second = place.start()
    await second.untilHealth('healthy')
    first.program.signal('SIGCONT')
    expect(await first.program.exited).toBe(1)
    expectClean(first.program.lines.all)
    expect(first.program.lines.all.join('\n')).toContain(`held by process ${second.program.pid}`)
    await place.untilPriority('249')
    await second.untilHealth('healthy')
    await second.stop()
  })

  test.each([
    ['a file', (path: string) => writeFileSync(path, '249\n')],
    ['removed', () => {}],
    ['made anew', (path: string) => mkdirSync(path)],
  ])('a priority folder that is %s gets its values back', async (_, make) => {
    const { place, daemon } = await healthyDaemon(host)
    const folder = join(place.runDir, 'priority')
    daemon.program.signal('SIGSTOP')
    rmSync(folder, { recursive: true })
    make(folder)
    daemon.program.signal('SIGCONT')
    await place.untilPriority('249')
    await daemon.stop()
  })

  test.each([
    ['another number', (path: string) => writeFileSync(path, '253\n')],
    ['nothing', (path: string) => writeFileSync(path, '')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => void spawnSync('mkfifo', [path])],
  ])('a priority that somebody replaced by %s is put right', async (_, make) => {
    const { place, daemon } = await healthyDaemon(host)
    const path = join(place.runDir, 'priority/recdns0')
    // Stopped, so that it does not come in between.
    daemon.program.signal('SIGSTOP')
    rmSync(path)
    make(path)
    daemon.program.signal('SIGCONT')
    await place.untilPriority('249')
    await daemon.program.lines.until(/the priority of recdns0 was lost or changed/)
    await daemon.stop()
  })

  test('a priority is put right in the middle of a long backoff, too', async () => {
    const place = createPlace(host)
    const flap = '[flap]\nbackoff_min = "10m"\nbackoff_max = "10m"\n'
    place.writeConfig(configText(place, `[addresses]\nexclude_interfaces = ["lo"]\n${flap}`))
    const daemon = place.start()
    await daemon.until((status) => status.reasons[0] === 'no address to probe')
    writeFileSync(join(place.runDir, 'priority/recdns0'), '249\n')
    await place.untilPriority('9')
    const { written_boot_ms, valid_until_boot_ms } = await daemon.untilHealth('failed')
    rmSync(join(place.runDir, 'status.json'))
    const again = await daemon.until((status) => status.written_boot_ms > written_boot_ms)
    // Writing it again makes no new promise; the boot clock is read in steps of 10 ms.
    expect(Math.abs(again.valid_until_boot_ms - valid_until_boot_ms)).toBeLessThan(30)
    await daemon.stop()
  })

  test.each([
    ['garbage', (path: string) => writeFileSync(path, crypto.getRandomValues(new Uint8Array(999)))],
    ["another program's JSON", (path: string) => writeFileSync(path, '{"format":1}')],
    ['10 MB', (path: string) => writeFileSync(path, '['.repeat(1e7))],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => void spawnSync('mkfifo', [path])],
  ])('a status replaced by %s fails the check until it is written anew', async (_, make) => {
    const { place, daemon } = await healthyDaemon(host)
    // Stopped, so that the check surely sees what is there.
    daemon.program.signal('SIGSTOP')
    const path = join(place.runDir, 'status.json')
    rmSync(path)
    make(path)
    const said = await place.check()
    expect([said.code, said.out]).toEqual([1, expect.stringMatching(/^unreadable: /)])
    daemon.program.signal('SIGCONT')
    await place.untilCheck(0)
    await daemon.stop()
  })

  test('a step of the wall clock changes what is shown and nothing else', async () => {
    const place = createPlace(host)
    const daemon = place.start({ preload: preload(place, STEPPING) })
    await daemon.untilHealth('healthy')
    for (const [signal, years] of [
      ['SIGUSR1', 40],
      ['SIGUSR2', -40],
    ] as const) {
      const before = daemon.status()?.flap.cycles ?? 0
      daemon.program.signal(signal)
      const status = await daemon.until((statusDocument) => {
        return (
          new Date(statusDocument.written_at).getFullYear() === new Date().getFullYear() + years
        )
      })
      await daemon.until((statusDocument) => statusDocument.flap.cycles > before + 3)
      expect((await place.check()).code).toBe(0)
      expect(status.health).toBe('healthy')
      expect(place.priority()).toBe('249')
    }
    daemon.program.signal('SIGTERM')
    expect(await daemon.program.exited).toBe(0)
    const healthChanges = daemon.program.lines.all.filter((line) => line.includes(' health: '))
    expect(healthChanges.map((line) => line.split(' health: ')[1])).toEqual([
      'failed -> healthy',
      'healthy -> failed: the daemon is stopping',
    ])
  })

  test.each([
    ['thrown', 'SIGUSR1'],
    ['a rejected promise', 'SIGUSR2'],
  ] as const)(
    'a bug that is %s ends it in one line, with the lowest priority',
    async (_, signal) => {
      const place = createPlace(host)
      const daemon = place.start({ preload: preload(place, BUGGY) })
      await daemon.untilHealth('healthy')
      daemon.program.signal(signal)
      expect(await daemon.program.exited).toBe(1)
      expect(place.priority()).toBe('0')
      expect((await place.check()).code).toBe(1)
      const said = daemon.program.lines.all
      expect(said.filter((line) => line.includes('internal error: a bug'))).toHaveLength(1)
      expectClean(said.filter((line) => !line.includes('internal error: a bug')))
    },
  )
})

/** Writes a module that the daemon's runtime loads first. */
function preload(place: Place, source: string): string {
  const path = `${place.config}.preload.ts`
  writeFileSync(path, source)
  return path
}

/** The machine's clock is not the test's to change, so the program's view of it is. */
const STEPPING = `
const RealDate = Date
let offsetMs = 0
const YEARS_MS = 40 * 365.25 * 86_400_000
process.on('SIGUSR1', () => { offsetMs = YEARS_MS })
process.on('SIGUSR2', () => { offsetMs = -YEARS_MS })
globalThis.Date = class extends RealDate {
  constructor(...words) {
    if (words.length === 0) super(RealDate.now() + offsetMs)
    else super(...words)
  }
  static now() { return RealDate.now() + offsetMs }
}
`

const BUGGY = `
process.on('SIGUSR1', () => { setTimeout(() => { throw new Error('a bug\\nin two lines') }, 1) })
process.on('SIGUSR2', () => { void Promise.reject(new Error('a bug\\nin two lines')) })
`
