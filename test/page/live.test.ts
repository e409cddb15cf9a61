// The page of a real daemon beside real named: it changes while one looks, and says when the daemon has gone.
import { describe, expect, test } from 'bun:test'
import { createHost, whyNoHost } from '../runtime/host.ts'
import { eventually } from '../runtime/lines.ts'
import { configText, createPlace, QUICK } from '../runtime/subject.ts'
import { startBrowser, whyNoChromium } from './chromium.ts'

const whyNot = whyNoHost ?? whyNoChromium
if (whyNot !== null) console.log(`skipped: ${whyNot}`)

describe.skipIf(whyNot !== null)('the page of a daemon', () => {
  test('follows named, and the daemon itself, without a reload', async () => {
    await using host = await createHost()
    const named = await host.startNamed()
    const place = createPlace(host)
    place.writeConfig(configText(place, `${QUICK}\n[metrics]\nlisten = "127.0.0.1:9153"\n`))
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    await using browser = await startBrowser(host.inside)
    const { tab } = browser
    await tab.open('http://127.0.0.1:9153/')
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
    await shows(/healthy for[\s\S]*4 of 4 targets answer[\s\S]*::1/)
    named.signal('SIGKILL')
    await shows(
      /failed for[\s\S]*nothing listens there[\s\S]*0 of 4|failed for[\s\S]*0 of 4 targets answer/,
    )
    const failing = 'document.querySelectorAll("#targets .strip .bad").length'
    await eventually(
      async () => (await tab.evaluate<number>(failing)) === 4,
      () => 'four strips with a failure',
    )
    await host.startNamed()
    await shows(/healthy for/)
    expect(tab.complaints).toEqual([])
    await daemon.stop()
    await shows(/the daemon has not answered for/)
    const asked = new Set(tab.requests.map((url) => new URL(url).origin))
    expect([...asked]).toEqual(['http://127.0.0.1:9153'])
  }, 90_000)
})
