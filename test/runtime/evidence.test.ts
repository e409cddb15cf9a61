// Healthy means evidence, on a real host: reload storms, silent upstreams, a stopped daemon, an address without a route.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { hostForAllTests, type Program, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { configText, createPlace, healthyDaemon, QUICK } from './subject.ts'

setDefaultTimeout(60_000)

/** What named is to forward there is never answered. */
const SILENT_ZONE =
  'zone "example.com" { type forward; forward only; forwarders { 192.0.2.99; }; };\n'
const SILENT_PROBES = Array.from({ length: 130 }, (_, index) => `"silent${index}.example.com A"`)
const MAX_IN_FLIGHT = 100
const LITTLE_ROOM = QUICK.replace('[timing]', `[timing]\nmax_concurrent_queries = ${MAX_IN_FLIGHT}`)
const UPSTREAM = `
[checks.internet]
kind = "upstream"
probes = [${SILENT_PROBES.join(', ')}]
interval = "1s"
timeout = "30s"
`

describe.skipIf(whyNoHost !== null)('healthy', () => {
  let named: Program

  const host = hostForAllTests(async (host) => {
    host.ip('link add silent0 type veth peer name silent1')
    host.ip('address add 192.0.2.1/24 dev silent0')
    host.ip('link set silent0 up')
    host.ip('link set silent1 up')
    host.ip('neighbour add 192.0.2.99 lladdr 02:00:00:00:00:99 dev silent0')
    named = await host.startNamed(SILENT_ZONE)
  })

  test('is no server whose named hangs while the config is read every 400 ms', async () => {
    const { place, daemon } = await healthyDaemon(host)
    const storm = setInterval(() => daemon.program.signal('SIGHUP'), 400)
    try {
      await daemon.program.lines.until(/config reloaded/)
      named.signal('SIGSTOP')
      const { reasons } = await daemon.untilHealth('failed')
      expect(reasons[0]).toContain(': timeout')
      await place.untilCheck(1)
    } finally {
      clearInterval(storm)
      named.signal('SIGCONT')
    }
    await daemon.untilHealth('healthy')
    await daemon.stop()
  })

  test('is no server whose named hangs while upstream probes take all room', async () => {
    const { place, daemon } = await healthyDaemon(host)
    place.writeConfig(configText(place, `${LITTLE_ROOM}${UPSTREAM}`))
    daemon.program.signal('SIGHUP')
    const asked = () =>
      host.sh('ss -Hutn state established dst 127.0.0.1 dport = :53').split('\n').length - 1
    await eventually(
      () => asked() >= MAX_IN_FLIGHT,
      () => `${asked()} questions under way`,
    )
    named.signal('SIGSTOP')
    try {
      const { reasons } = await daemon.untilHealth('failed')
      expect(reasons[0]).toContain(': timeout')
      expect(asked()).toBeGreaterThanOrEqual(MAX_IN_FLIGHT)
    } finally {
      named.signal('SIGCONT')
    }
    await daemon.stop()
  })

  test('is no daemon that was stopped, before a check cycle has ended that began later', async () => {
    const place = createPlace(host)
    const daemon = place.start()
    const { valid_until_boot_ms } = await daemon.untilHealth('healthy')
    daemon.program.signal('SIGSTOP')
    named.signal('SIGSTOP')
    const last = daemon.status()?.valid_until_boot_ms ?? valid_until_boot_ms
    const from = daemon.program.lines.all.length
    try {
      await place.untilCheck(1)
      daemon.program.signal('SIGCONT')
      await daemon.program.lines.until(/woke .* after its status had expired/, from)
      const next = await daemon.until(({ reasons }) => reasons[0]?.includes(': timeout') === true)
      expect(next.valid_until_boot_ms).toBeGreaterThan(last)
      expect(daemon.program.lines.all.slice(from).join('\n')).not.toContain('-> healthy')
    } finally {
      named.signal('SIGCONT')
    }
    await daemon.untilHealth('healthy')
    await daemon.stop()
  })

  test('is no server with an address that the kernel lists and nobody can bind to', async () => {
    const { daemon } = await healthyDaemon(host)
    const route = 'local 192.0.2.1 dev silent0 table local proto kernel scope host src 192.0.2.1'
    host.ip(`route del ${route}`)
    const { reasons, endpoints } = await daemon.untilHealth('failed')
    expect(reasons[0]).toMatch(/^(udp|tcp)\/192\.0\.2\.1 .*: address-gone/)
    expect(endpoints.map(({ endpoint }) => endpoint)).toContain('tcp/192.0.2.1')
    host.ip(`route add ${route}`)
    await daemon.untilHealth('healthy')
    await daemon.stop()
  })
})
