// What systemd hears from the daemon, and what its journal gets.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostForAllTests, type Program, REPOSITORY, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { configText, createPlace } from './subject.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(60_000)

const RECEIVER = join(REPOSITORY, 'test/adapters/systemd/receiver.pl')
/** How often a sign of life is due; systemd is told to wait twice as long. */
const WATCHDOG_MS = 200
const obstacle =
  whyNoHost ?? (Bun.which('systemd-notify') === null ? 'there is no systemd-notify here' : null)

describe.skipIf(obstacle !== null)('as a service', () => {
  let named: Program
  let receivers = 0
  const host = hostForAllTests(async ({ startNamed }) => {
    named = await startNamed()
  })

  async function startReceiver() {
    receivers += 1
    const socket = join(host.folder, `notify${receivers}`)
    const receiver = host.start(['perl', RECEIVER, socket])
    await receiver.lines.until(/^listening$/)
    return { socket, heard: receiver.lines }
  }

  test('it says READY with the first result, WATCHDOG while it lives, and STOPPING', async () => {
    const { socket, heard } = await startReceiver()
    const place = createPlace(host)
    const daemon = place.start({
      env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: `${2000 * WATCHDOG_MS}` },
    })
    await heard.until(/^READY=1\|STATUS=s1: serving$/)
    expect(place.priority()).toBe('249')
    for (let times = 0; times < 3; times += 1) await heard.until(/^WATCHDOG=1$/, heard.all.length)
    // Frozen, it must fall silent, or systemd would never end it.
    daemon.program.signal('SIGSTOP')
    let silent = 0
    await eventually(
      async () => {
        silent = heard.all.length
        await Bun.sleep(5 * WATCHDOG_MS)
        return heard.all.length === silent
      },
      () => 'silence',
    )
    daemon.program.signal('SIGCONT')
    await heard.until(/^WATCHDOG=1$/, silent)
    await daemon.stop()
    await heard.until(/^STOPPING=1$/)
    expect(place.priority()).toBe('0')
  })

  test('it is ready although named is not: it has a health, whichever that is', async () => {
    const { socket, heard } = await startReceiver()
    named.signal('SIGKILL')
    await named.exited
    const daemon = createPlace(host).start({ env: { NOTIFY_SOCKET: socket } })
    await heard.until(/^READY=1\|STATUS=s1: failed$/)
    named = await host.startNamed()
    await heard.until(/^STATUS=s1: serving$/)
    expect(heard.all.join('\n')).not.toContain('WATCHDOG')
    await daemon.stop()
  })

  test('a reload is announced, and its end, good or bad', async () => {
    const { socket, heard } = await startReceiver()
    const place = createPlace(host)
    const daemon = place.start({ env: { NOTIFY_SOCKET: socket } })
    await heard.until(/^READY=1\|/)
    for (const [toml, status] of [
      [configText(place), /^READY=1\|STATUS=s1 reloaded$/],
      ['nonsense', /^READY=1\|STATUS=.* is refused; the last good config stays active$/],
    ] as const) {
      const from = heard.all.length
      writeFileSync(place.config, toml)
      daemon.program.signal('SIGHUP')
      await heard.until(status, from)
      // systemd-notify itself adds BARRIER, to wait until it was heard.
      const said = heard.all.slice(from).filter((line) => line !== 'BARRIER=1')
      expect(said[0]).toMatch(/^RELOADING=1\|MONOTONIC_USEC=\d+$/)
    }
    await daemon.stop()
  })

  test('without its systemd it does all the same', async () => {
    const place = createPlace(host)
    const daemon = place.start({ env: { NOTIFY_SOCKET: join(host.folder, 'nobody') } })
    await daemon.untilHealth('healthy')
    await daemon.program.lines.until(/warn {2}cannot reach systemd/)
    await daemon.stop()
  })

  test('its lines carry their priorities to the journal', async () => {
    const place = createPlace(host)
    const config = place.config
    const main = join(REPOSITORY, 'src/main.ts')
    // The shell connects a file to stderr, and tells its device and inode as systemd does.
    const script = `exec 2>"$0.log"; export JOURNAL_STREAM=$(stat -Lc %d:%i /dev/fd/2)
      exec ${process.execPath} ${main} daemon --config "$0"`
    const program = host.start(['sh', '-c', script, config])
    await place.untilCheck(0)
    writeFileSync(place.order, '')
    const read = () => readFileSync(`${config}.log`, 'utf8')
    await eventually(() => /^<3>order of recdns: /m.test(read()), read)
    program.signal('SIGTERM')
    expect(await program.exited).toBe(0)
    const lines = read().trim().split('\n')
    expect(lines.filter((line) => !/^<[3467]>\S/.test(line))).toEqual([])
    expect(lines[0]).toMatch(/^<6>holdfast \S+ started: server s1, config /)
  })
})
