// What goes wrong on a server: named that is killed or lies, a full disk meanwhile, addresses that come and go.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { HOSTILE_MODES } from '../lab/hostile.ts'
import { hostForAllTests, type Program, REPOSITORY, whyNoHost } from './host.ts'
import { configText, createPlace, healthyDaemon, type Subject } from './subject.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(60_000)

describe.skipIf(whyNoHost !== null)('the daemon beside a server in trouble', () => {
  let named: Program
  const host = hostForAllTests(async ({ startNamed }) => {
    named = await startNamed()
  })

  test('a killed named fails it, and one that is back heals it', async () => {
    const { place, daemon } = await healthyDaemon(host)
    named.signal('SIGKILL')
    await named.exited
    await daemon.untilHealth('failed')
    await place.untilPriority('9')
    expect((await place.check()).code).toBe(1)
    named = await host.startNamed()
    await daemon.untilHealth('healthy')
    expect((await place.check()).code).toBe(0)
    await daemon.stop()
  })

  test('on a full disk nothing false stays published, and it recovers by itself', async () => {
    const place = createPlace(host)
    place.mountSmallDisk()
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    place.fillDisk(true)
    await daemon.program.lines.until(/error cannot write .*status.json: no space left: free/)
    expect((await place.untilCheck(1)).out).toContain('stale: it expired')
    // What says healthy must go when the server is not.
    named.signal('SIGKILL')
    await place.untilPriority(null)
    place.fillDisk(false)
    await daemon.program.lines.until(/publishing works again/)
    await place.untilPriority('9')
    await named.exited
    named = await host.startNamed()
    await daemon.until(({ instances }) => Number(instances[0]?.priority) > 50)
    await daemon.stop()
    const complaints = daemon.program.lines.all.filter((line) => line.includes('disk is full'))
    expect(complaints.length).toBeLessThanOrEqual(3)
  })

  test('no answer of any broken kind makes it healthy or breaks it', async () => {
    named.signal('SIGKILL')
    await named.exited
    const program = join(REPOSITORY, 'test/lab/hostile-program.ts')
    const hostile = host.start([process.execPath, program, 'garbage'])
    await hostile.lines.until(/^hostile$/)
    const place = createPlace(host)
    place.writeConfig(
      configText(
        place,
        `[timing]
check_interval = "20ms"
retries = 1
retry_window = "20ms"
[flap]
backoff_min = "10ms"
backoff_max = "10ms"
rise = 1
[checks.local]
timeout = "400ms"
probes = [{ question = "127.in-addr.arpa SOA" }]
`,
      ),
    )
    const daemon: Subject = place.start()
    const seen = new Map<string, Set<string>>()
    for (const mode of HOSTILE_MODES) {
      hostile.say(mode)
      await hostile.lines.until(new RegExp(`^now ${mode}$`))
      const from = (await daemon.untilHealth('failed')).flap.cycles
      const status = await daemon.until((statusDocument) => statusDocument.flap.cycles > from + 1)
      seen.set(mode, new Set(status.endpoints.map((endpoint) => `${endpoint.outcome}`)))
      expect((await place.check()).code).toBe(1)
    }
    const words = [...seen].map(([mode, outcomes]) => `${mode}: ${[...outcomes].sort()}`)
    expect(words).toEqual([
      'garbage: mismatch',
      'short: malformed',
      'empty: malformed,mismatch',
      'cut: malformed',
      'loop: malformed',
      'overrun: malformed',
      'oversized: malformed',
      'query: malformed',
      'wrong-id: mismatch',
      'wrong-question: mismatch',
      'servfail: servfail',
      'refused: wrong-rcode',
      'truncated: truncated',
      'forged-source: timeout',
      'silent: timeout',
    ])
    const lied = daemon.program.lines.all.length
    hostile.signal('SIGKILL')
    await hostile.exited
    named = await host.startNamed()
    await daemon.untilHealth('healthy')
    await daemon.stop()
    expect(daemon.program.lines.all.slice(0, lied).join('\n')).not.toContain('-> healthy')
  })

  test.each([
    ['with', false],
    ['without', true],
  ])('the table of addresses is followed %s the program `ip`', async (_, hidden) => {
    const place = createPlace(host)
    const ip = host.sh('readlink -f $(command -v ip)').trim()
    if (hidden) host.sh(`mount --bind /dev/null ${ip}`)
    try {
      const daemon = place.start()
      await daemon.untilHealth('healthy')
      const isProbed = (status: { endpoints: readonly { endpoint: string }[] }) =>
        status.endpoints.some((endpoint) => endpoint.endpoint === 'udp/192.0.2.53')
      host.ip('address add 192.0.2.53/32 dev lo')
      await daemon.until(isProbed)
      host.ip('address delete 192.0.2.53/32 dev lo')
      const status = await daemon.until((statusDocument) => !isProbed(statusDocument))
      expect(status.health).toBe('healthy')
      await daemon.stop()
      const complaint = /cannot follow address events.*there is no program `ip`/
      expect(complaint.test(daemon.program.lines.all.join('\n'))).toBe(hidden)
    } finally {
      if (hidden) host.sh(`umount ${ip}`)
    }
  })
})
