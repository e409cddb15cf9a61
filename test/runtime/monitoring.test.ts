// What others watch a real daemon by: textfile and endpoint, through reloads, taken ports and a full disk.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promtool, whyNoPromtool } from '../support/promtool.ts'
import { fetchInside } from './fetch.ts'
import { hostForAllTests, type Program, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { configText, createPlace, healthyDaemon, type Place, QUICK } from './subject.ts'

const EXPORTER = Bun.which('prometheus-node-exporter')
setDefaultTimeout(60_000)

if (whyNoHost !== null) console.log(`skipped: ${whyNoHost}`)
else if (EXPORTER === null)
  console.log('in part skipped: there is no prometheus-node-exporter here')

describe.skipIf(whyNoHost !== null)('monitoring', () => {
  let named: Program

  const host = hostForAllTests(async ({ startNamed }) => {
    named = await startNamed()
  })

  const get = (url: string) => fetchInside(host, url)
  const prom = (place: Place) => readFileSync(join(place.runDir, 'holdfast.prom'), 'utf8')
  const use = (place: Place, metrics: string) =>
    place.writeConfig(configText(place, `${QUICK}\n[metrics]\n${metrics}\n`))

  test('the textfile is there without being asked for, and says at once that the health has changed', async () => {
    const place = createPlace(host)
    use(place, 'interval = "10m"')
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    await eventually(
      () => existsSync(join(place.runDir, 'holdfast.prom')) && prom(place).includes('may_serve 1'),
      () => 'metrics of a healthy server',
    )
    expect(statSync(join(place.runDir, 'holdfast.prom')).mode & 0o777).toBe(0o644)
    if (whyNoPromtool === null)
      expect(promtool(['check', 'metrics'], prom(place))).toMatchObject({ code: 0, err: '' })
    named.signal('SIGKILL')
    await daemon.untilHealth('failed')
    await eventually(
      () => prom(place).includes('holdfast_health{health="failed"} 1'),
      () => prom(place),
    )
    named = await host.startNamed()
    await daemon.untilHealth('healthy')
    await daemon.stop()
    expect(prom(place)).toContain('\nholdfast_may_serve 0\n')
  })

  test.skipIf(EXPORTER === null)(
    "Debian's node_exporter hands it on, by way of a link",
    async () => {
      const place = createPlace(host)
      const folder = join(host.folder, 'collector')
      mkdirSync(folder)
      symlinkSync(join(place.runDir, 'holdfast.prom'), join(folder, 'holdfast.prom'))
      const daemon = place.start()
      await daemon.untilHealth('healthy')
      const exporter = host.start([
        EXPORTER ?? '',
        '--collector.disable-defaults',
        '--collector.textfile',
        `--collector.textfile.directory=${folder}`,
        '--web.listen-address=127.0.0.1:9100',
      ])
      let text = ''
      await eventually(
        () => {
          text = get('http://127.0.0.1:9100/metrics')
          return text.includes('\nholdfast_may_serve 1\n')
        },
        () => `${text}\n${exporter.lines.all.join('\n')}`,
      )
      expect(text).toContain('node_textfile_scrape_error 0\n')
      expect(text).toContain('node_textfile_mtime_seconds{')
      exporter.signal('SIGTERM')
      await exporter.exited
      await daemon.stop()
    },
  )

  test('the endpoint starts, moves and stops with the config, and all counts go on', async () => {
    const { place, daemon } = await healthyDaemon(host)
    expect(host.sh('ss -ltnH')).not.toContain(':10853')
    use(place, 'listen = "127.0.0.1:10853"')
    daemon.program.signal('SIGHUP')
    await daemon.program.lines.until(/metrics and page: http:\/\/127\.0\.0\.1:10853\//)
    const metrics = get('http://127.0.0.1:10853/metrics')
    expect(metrics).toContain('\nholdfast_config_reloads_total{result="taken"} 1\n')
    if (whyNoPromtool === null)
      expect(promtool(['check', 'metrics'], metrics)).toMatchObject({ code: 0, err: '' })
    const status = JSON.parse(get('http://127.0.0.1:10853/status.json'))
    expect(status).toMatchObject({ health: 'healthy', server: 's1', pid: daemon.program.pid })
    expect(status.strips.map(({ endpoint }: { endpoint: string }) => endpoint).sort()).toEqual([
      'tcp/127.0.0.1',
      'tcp/::1',
      'udp/127.0.0.1',
      'udp/::1',
    ])
    expect(get('http://127.0.0.1:10853/')).toStartWith('<!doctype html>')

    use(place, 'listen = "[::1]:9154"\ntextfile = "off"')
    daemon.program.signal('SIGHUP')
    await daemon.program.lines.until(/metrics and page: http:\/\/\[::1\]:9154\//)
    expect(get('http://[::1]:9154/metrics')).toContain('reloads_total{result="taken"} 2\n')
    expect(host.sh('ss -ltnH')).not.toContain(':10853')
    await eventually(
      () => !existsSync(join(place.runDir, 'holdfast.prom')),
      () => 'the textfile is gone',
    )

    use(place, 'listen = "192.0.2.1:10853"')
    daemon.program.signal('SIGHUP')
    await daemon.until(({ complaints }) => complaints.length === 1)
    expect(get('http://[::1]:9154/metrics')).toContain('reloads_total{result="refused"} 1\n')

    use(place, '')
    daemon.program.signal('SIGHUP')
    await daemon.until(({ complaints }) => complaints.length === 0)
    expect(host.sh('ss -ltnH')).not.toContain(':915')
    await daemon.stop()
  })

  test('a port that is taken is complained of, and had as soon as it is free', async () => {
    const place = createPlace(host)
    use(place, 'listen = "127.0.0.1:9155"')
    const squatter = host.start([
      process.execPath,
      '-e',
      'require("node:net").createServer().listen(9155, "127.0.0.1", () => console.log("mine"))',
    ])
    await squatter.lines.until(/^mine$/)
    const daemon = place.start()
    const { health, complaints } = await daemon.until(
      (status) => status.complaints.length === 1 && status.health === 'healthy',
    )
    expect([health, complaints[0]]).toEqual([
      'healthy',
      'cannot listen at 127.0.0.1:9155: another program has the port; see "ss -ltnp sport = :9155"',
    ])
    squatter.signal('SIGKILL')
    await squatter.exited
    await daemon.until((status) => status.complaints.length === 0)
    expect(get('http://127.0.0.1:9155/metrics')).toContain('holdfast_may_serve 1')
    await daemon.stop()
  })

  test('a folder that is not there is complained of, and the server serves', async () => {
    const place = createPlace(host)
    const folder = join(host.folder, 'later')
    use(place, `textfile = "${folder}/holdfast.prom"\ninterval = "1s"`)
    const daemon = place.start()
    const { complaints } = await daemon.until(
      (status) => status.complaints.length === 1 && status.health === 'healthy',
    )
    expect(complaints[0]).toBe(
      `the metrics are not written: cannot write ${folder}/holdfast.prom: no such file or directory`,
    )
    mkdirSync(folder)
    await daemon.until((status) => status.complaints.length === 0)
    expect(readFileSync(join(folder, 'holdfast.prom'), 'utf8')).toContain('holdfast_may_serve 1')
    const said = daemon.program.lines.all.filter((line) => line.includes('are not written'))
    expect(said).toHaveLength(1)
    await daemon.stop()
  })
})
