// The daemon under Deno: its cycles beside real named, what it publishes, and a clean end.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { fetchInside } from '../runtime/fetch.ts'
import { createHost, REPOSITORY, whyNoHost } from '../runtime/host.ts'
import { configText, createPlace, QUICK } from '../runtime/subject.ts'

const DENO = join(REPOSITORY, `node_modules/@deno/linux-${process.arch}-glibc/deno`)
setDefaultTimeout(60_000)

if (whyNoHost !== null) console.log(`skipped: ${whyNoHost}`)

describe.skipIf(whyNoHost !== null)('the daemon under Deno', () => {
  test('cycles, publishes what it found, sees named die, and ends with the lowest priority', async () => {
    await using host = await createHost()
    const named = await host.startNamed()
    const place = createPlace(host)
    place.writeConfig(configText(place, `${QUICK}[metrics]\nlisten = "[::1]:10853"\n`))
    const daemon = place.start({
      runtime: [DENO, 'run', '--quiet', '--allow-all'],
      env: { DENO_DIR: join(host.folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' },
    })
    const { endpoints } = await daemon.untilHealth('healthy')
    expect(endpoints.map(({ endpoint, outcome }) => `${endpoint} ${outcome}`).sort()).toEqual([
      'tcp/127.0.0.1 ok',
      'tcp/::1 ok',
      'udp/127.0.0.1 ok',
      'udp/::1 ok',
    ])
    expect(place.priority()).toBe('249')
    await daemon.program.lines.until(/metrics and page: http:/)
    expect(fetchInside(host, 'http://[::1]:10853/metrics')).toContain('holdfast_may_serve 1\n')
    expect(fetchInside(host, 'http://[::1]:10853/')).toContain('drawEndpoints')
    named.signal('SIGKILL')
    await daemon.untilHealth('failed')
    await place.untilPriority('9')
    await daemon.stop()
    expect(place.priority()).toBe('0')
  })
})
