// The page of a real daemon beside real named: it changes while one looks, and says when the daemon has gone.
import { describe, expect, test } from 'bun:test'
import { createHost, whyNoHost } from '../runtime/host.ts'
import { eventually } from '../runtime/lines.ts'
import { configText, createPlace, QUICK } from '../runtime/subject.ts'
import { startBrowser, whyNoChromium } from './chromium.ts'

const BALANCER = `
[metrics]
listen = "127.0.0.1:10853"
[balancer.services.dns]
addresses = ["192.0.2.53"]
[balancer.services.dns.servers.ns1]
addresses = ["192.0.2.11"]
[balancer.services.dns.servers.ns2]
addresses = ["192.0.2.12"]
weight = 60
`

const whyNot = whyNoHost ?? whyNoChromium
if (whyNot !== null) console.log(`skipped: ${whyNot}`)

describe.skipIf(whyNot !== null)('the page of a daemon', () => {
  test('follows named, and the daemon itself, without a reload', async () => {
    await using host = await createHost()
    const named = await host.startNamed()
    const place = createPlace(host)
    place.writeConfig(configText(place, `${QUICK}\n[metrics]\nlisten = "127.0.0.1:10853"\n`))
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    await using browser = await startBrowser(host.inside)
    const { tab } = browser
    await tab.open('http://127.0.0.1:10853/')
    const shows = async (pattern: RegExp) => {
      let text = ''
      await eventually(
        async () => {
          text = await tab.evaluate<string>('document.body.innerText')
          return pattern.test(text)
        },
        () => `${pattern} in:\n${text}`,
      )
    }
    await shows(/SERVING for[\s\S]*4 of 4 endpoints ok[\s\S]*::1/)
    named.signal('SIGKILL')
    await shows(/FAILED for[\s\S]*0 of 4 endpoints ok/)
    const failing = 'document.querySelectorAll("#endpoints .strip .bad").length'
    await eventually(
      async () => (await tab.evaluate<number>(failing)) === 4,
      () => 'four strips with a failure',
    )
    await host.startNamed()
    await shows(/PROBATION for[\s\S]*4 of 4 endpoints ok/)
    expect(tab.complaints).toEqual([])
    await daemon.stop()
    await shows(/the daemon has not answered for/)
    const asked = new Set(tab.requests.map((url) => new URL(url).origin))
    expect([...asked]).toEqual(['http://127.0.0.1:10853'])
  }, 90_000)

  test('of a load balancer follows its real servers', async () => {
    await using host = await createHost()
    host.ip('link add veth0 type veth peer name veth1')
    host.ip('link set veth0 up')
    for (const at of [11, 12]) host.ip(`addr add 192.0.2.${at}/32 dev veth0`)
    await host.startNamed()
    const place = createPlace(host)
    place.writeConfig(configText(place, `${QUICK}${BALANCER}`))
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    await using browser = await startBrowser(host.inside)
    const { tab } = browser
    await tab.open('http://127.0.0.1:10853/')
    let last = ''
    const rows = 'document.getElementById("backends").innerText'
    const shows = (pattern: RegExp) =>
      eventually(
        async () => {
          last = (await tab.evaluate<string>(rows)).replace(/\s+/g, ' ')
          return pattern.test(last)
        },
        () => `${pattern} in: ${last}`,
      )
    await shows(/^dns\.ns1 serving 100 2 of 2 ok .* dns\.ns2 serving 60 2 of 2 ok/)
    host.ip('addr del 192.0.2.12/32 dev veth0')
    await shows(/^dns\.ns1 serving 100 .* dns\.ns2 failed 0 of 60 0 of 2 ok .*\/192\.0\.2\.12 /)
    host.ip('addr add 192.0.2.12/32 dev veth0')
    await shows(/ dns\.ns2 serving (15|30|45|60)/)
    expect(tab.complaints).toEqual([])
    await daemon.stop()
  }, 90_000)
})
