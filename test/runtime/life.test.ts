// The daemon from its start to its end, beside real named.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { hostForAllTests, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { configText, createPlace, expectClean, healthyDaemon } from './subject.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(60_000)
if (whyNoHost !== null) console.log(`skipped: ${whyNoHost}`)

describe.skipIf(whyNoHost !== null).concurrent('the daemon', () => {
  const host = hostForAllTests()

  test('is failed at first, healthy once all endpoints have answered, and the lowest in the end', async () => {
    const place = createPlace(host)
    const daemon = place.start()
    await daemon.program.lines.until(/recdns0: priority 10 \(rank 1 of 2\)/)
    const status = await daemon.untilHealth('healthy')
    expect(
      status.endpoints.map(({ endpoint, outcome }) => `${endpoint} ${outcome}`).sort(),
    ).toEqual(['tcp/127.0.0.1 ok', 'tcp/::1 ok', 'udp/127.0.0.1 ok', 'udp/::1 ok'])
    expect(place.priority()).toBe('249')
    expect((await place.check()).code).toBe(0)
    await daemon.stop()
    expect(place.priority()).toBe('0')
    expect((await place.check()).out).toBe('failed: the daemon is stopping')
    expect(readdirSync(place.runDir).sort()).toEqual([
      'holdfast.prom',
      'priority',
      'status.json',
      'tally.json',
    ])
    expect(daemon.program.lines.all.at(-1)).toContain('stopped: lowest priority published')
  })

  test('a reader sees whole files, whenever it looks', async () => {
    const place = createPlace(host)
    place.writeConfig(configText(place, '[timing]\ncheck_interval = "10ms"\n'))
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    const seen = new Set<number>()
    await eventually(
      () => {
        for (let times = 0; times < 50; times += 1) {
          const text = readFileSync(join(place.runDir, 'status.json'), 'utf8')
          seen.add((JSON.parse(text) as StatusDocument).flap.cycles)
          // A daemon that is starved fails, and is on probation then; half a file is neither.
          expect(place.priority()).toMatch(/^(249|54|9)$/)
        }
        return seen.size >= 20
      },
      () => `20 cycles, not ${seen.size}`,
    )
    await daemon.stop()
  })

  test('ends by SIGINT as it does by SIGTERM', async () => {
    const { place, daemon } = await healthyDaemon(host)
    daemon.program.signal('SIGINT')
    expect(await daemon.program.exited).toBe(0)
    expect(place.priority()).toBe('0')
  })

  test('a second one on the same folder is refused, and told the first one', async () => {
    const place = createPlace(host)
    const first = place.start()
    await first.untilHealth('healthy')
    const second = place.start()
    expect(await second.program.exited).toBe(1)
    expectClean(second.program.lines.all)
    expect(second.program.lines.all.join()).toContain(`held by process ${first.program.pid}`)
    expect(place.priority()).toBe('249')
    expect((await place.check()).code).toBe(0)
    await first.stop()
  })

  test('after SIGKILL the next one takes over, and begins with failed', async () => {
    const place = createPlace(host)
    const first = place.start()
    await first.untilHealth('healthy')
    first.program.signal('SIGKILL')
    await first.program.exited
    expect(place.priority()).toBe('249')
    const second = place.start()
    await second.untilHealth('healthy')
    await second.stop()
    const said = second.program.lines.all.filter((line) => line.includes(': priority '))
    expect(said[0]).toContain('recdns0: priority 10 (')
    expect(said[1]).toContain('10 -> 250')
  })

  test('frozen it goes stale, and thawed it starts anew without a false failure', async () => {
    const { place, daemon } = await healthyDaemon(host)
    daemon.program.signal('SIGSTOP')
    const frozen = daemon.status()
    // A status that it had made, and not written yet, ends later than the one that is there.
    const endMs = Number(frozen?.valid_until_boot_ms)
    const lastEndMs = endMs + (endMs - Number(frozen?.written_boot_ms))
    await eventually(
      () => lastEndMs < bootMs(),
      () => 'the status expires',
    )
    const checked = await place.check()
    expect([checked.code, checked.out]).toEqual([1, expect.stringContaining('stale: it expired')])
    daemon.program.signal('SIGCONT')
    await daemon.until((status) => status.written_boot_ms > Number(frozen?.valid_until_boot_ms))
    await place.untilCheck(0)
    await daemon.until((status) => status.flap.cycles > Number(frozen?.flap.cycles) + 3)
    await daemon.stop()
    const said = daemon.program.lines.all.join('\n')
    const anew = 'health: healthy -> failed: the first check cycle has not finished'
    expect(said.split(anew).length).toBe(2)
    expect(said.replace(anew, '')).not.toMatch(FALSE_FAILURE)
  })

  test('starts clean over whatever an earlier run left', async () => {
    const place = createPlace(host)
    const inRun = (name: string) => join(place.runDir, name)
    mkdirSync(inRun('priority/recdns0'), { recursive: true })
    writeFileSync(inRun('priority/recdns0/kept'), '')
    writeFileSync(inRun('priority/gone'), '249\n')
    writeFileSync(inRun('daemon.lock'), '\0\u0001garbage')
    mkdirSync(inRun('status.json'))
    writeFileSync(inRun('.holdfast-999999999-0123456789abcdef01234567.tmp'), 'half a sta')
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    expect(place.priority()).toBe('249')
    expect(place.priority('gone')).toBeNull()
    await daemon.stop()
    // Not before: a daemon that runs has a file of its own under way now and then.
    expect(readdirSync(place.runDir).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test.each([
    ['a folder', (path: string) => `mkdir ${path}`],
    ['a FIFO', (path: string) => `mkfifo ${path}`],
    ['a link to nowhere', (path: string) => `ln -s nowhere ${path}`],
  ])('%s in place of each of its files is no obstacle', async (_, make) => {
    const place = createPlace(host)
    const files = ['status.json', 'daemon.lock', 'priority']
    mkdirSync(place.runDir)
    for (const file of files) host.sh(make(join(place.runDir, file)))
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    expect(place.priority()).toBe('249')
    await daemon.stop()
  })

  test('the last healthy word of an earlier run is taken back before anything is known', async () => {
    const place = createPlace(host)
    mkdirSync(join(place.runDir, 'priority'), { recursive: true })
    writeFileSync(join(place.runDir, 'priority/recdns0'), '249\n')
    // Nothing answers where it asks, for long: only the very first word can be seen meanwhile.
    place.writeConfig(configText(place, '[addresses]\nexclude_interfaces = ["lo"]\n'))
    const daemon = place.start()
    await daemon.until((status) => status.reasons[0] === 'no address to probe')
    expect(place.priority()).toBe('9')
    await daemon.stop()
  })

  test('goes on when nobody reads its log any more', async () => {
    const { place, daemon } = await healthyDaemon(host)
    daemon.program.lines.stopReading()
    place.writeOrder('s2', 's1')
    await daemon.until((status) => status.instances[0]?.rank === 2)
    place.writeOrder('s1', 's2')
    await daemon.until((status) => status.instances[0]?.rank === 1)
    daemon.program.signal('SIGTERM')
    expect(await daemon.program.exited).toBe(0)
    expect(place.priority()).toBe('0')
  })

  test("is called by the first label of the host's name where the config names no server", async () => {
    const place = createPlace(host)
    place.writeConfig(configText(place).replace('name = "s1"', ''))
    place.writeOrder('dns1', 'dns7', 'dns9')
    const daemon = place.start()
    const status = await daemon.untilHealth('healthy')
    expect([status.server, status.instances[0]?.rank, status.instances[0]?.priority]).toEqual([
      'dns7',
      2,
      200,
    ])
    await daemon.stop()
  })
})

/** Any word of a failure but the one that its end brings. */
const FALSE_FAILURE = /health: healthy -> (?!failed: the daemon is stopping)|refused|timeout/

function bootMs(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000
}
