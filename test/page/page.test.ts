// The page in Chromium: what it shows, that hostile text stays text, and that it can be read by all.
// UPDATE=1 draws the pictures of the documentation anew.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { eventually } from '../runtime/lines.ts'
import { BALANCER, crowded, endpoint, FAILED, WELL } from '../view/status/documents.ts'
import { DRAINED } from '../view/status/states.ts'
import { type Browser, type Screen, startBrowser, type Tab, whyNoChromium } from './chromium.ts'
import { lowContrasts } from './contrast.ts'
import { type Served, servePage, stripsOf } from './served.ts'

const PHONE = { width: 390, height: 844, isPhone: true }
const DESKTOP = { width: 1280, height: 800, isPhone: false }
const SCREENS: readonly (readonly [string, Screen])[] = [
  ['phone-light', { ...PHONE, dark: false }],
  ['phone-dark', { ...PHONE, dark: true }],
  ['desktop-light', { ...DESKTOP, dark: false }],
  ['desktop-dark', { ...DESKTOP, dark: true }],
]
const PICTURES = join(import.meta.dir, '../../docs/pictures')
/** Healthy again since the outage that its strips show. */
const QUIET: StatusDocument = {
  ...WELL,
  state_since: '2026-01-01T11:58:42.000Z',
  addresses: [],
  endpoints: [
    ...WELL.endpoints.map((it) => (it.latency_ms === 1234 ? { ...it, latency_ms: 1.9 } : it)),
    endpoint('udp/2001:db8:0:1::53', 'ok', 0.87),
    endpoint('tcp/2001:db8:0:1::53', 'ok', 1.31),
  ],
}
/** Every way in which a real server can stand, and names and reasons of some length. */
const POOL: StatusDocument = {
  ...BALANCER,
  backends: (BALANCER.backends ?? []).flatMap((backend, index) => [
    backend,
    {
      ...backend,
      backend: `recursive-v6.resolver-${index + 1}.example`,
      ...(index === 0 ? { weight: 100 } : {}),
      ...(index === 1
        ? { weight: 1, reasons: [1, 2, 3, 4, 5].map((nth) => `${nth}: ${backend.reasons[0]}`) }
        : {}),
      ...(index === 2
        ? ({ state: 'degraded', health: 'degraded', weight: 1, override: null } as const)
        : {}),
    },
  ]),
}
/** One comes back, one is out, one is drained. */
const PICTURED_POOL: StatusDocument = {
  ...BALANCER,
  addresses: [],
  backends: (BALANCER.backends ?? []).map((backend) =>
    backend.server === 'ns4'
      ? { ...backend, health: 'healthy', state: 'healthy', weight: 100, endpoints_ok: 2 }
      : backend,
  ),
}
const PICTURED = new Map([
  ['desktop-light', { file: 'page.png', status: QUIET, mark: /8 of 8 endpoints ok/ }],
  [
    'desktop-dark',
    { file: 'page-balancer.png', status: PICTURED_POOL, mark: /2 of 4 real servers/ },
  ],
  ['phone-dark', { file: 'page-phone.png', status: FAILED, mark: /ISOLATED for/ }],
])

if (whyNoChromium !== null) console.log(`skipped: ${whyNoChromium}`)

describe.skipIf(whyNoChromium !== null)('the page', () => {
  let browser: Browser
  let served: Served
  let tab: Tab

  beforeAll(async () => {
    served = await servePage()
    served.show(WELL, stripsOf(WELL))
    browser = await startBrowser()
    tab = browser.tab
    await tab.open(served.url)
  }, 60_000)

  afterAll(async () => {
    served[Symbol.dispose]()
    await browser[Symbol.asyncDispose]()
  })

  const text = () => tab.evaluate<string>('document.body.innerText')

  /** Waits until the page shows it: another status is asked for within a second. */
  async function shows(status: StatusDocument, pattern: RegExp): Promise<void> {
    served.show(
      status,
      stripsOf(status, (endpoint) => endpoint.includes('192.0.2.11')),
    )
    let last = ''
    await eventually(
      async () => {
        last = await text()
        return pattern.test(last)
      },
      () => `${pattern} in:\n${last}`,
    )
  }

  test('of a serving one: state, instances, endpoints, upstream groups', async () => {
    await shows(WELL, /SERVING for 12 min/)
    const said = await text()
    expect(said).toContain('checks: 6 of 6 endpoints ok')
    expect(said).toContain('Address: 2001:db8::9 on eth0 is dadfailed: not probed')
    const cells = await tab.evaluate<string[]>(
      '[...document.querySelectorAll("#instances tr:first-child > *")].map((it) => it.innerText)',
    )
    expect(cells).toEqual([
      'recdns0',
      'serving',
      '250',
      '1 of 3',
      '● dns1',
      '192.0.2.53 2001:db8:0:1::53',
    ])
    expect(await tab.evaluate<string>('document.title')).toBe('serving – dns1 – holdfast')
    const strip = 'document.querySelector("#endpoints svg").getAttribute("aria-label")'
    expect(await tab.evaluate<string>(strip)).toMatch(
      /^last 5 min in 60 steps: 5\d ok, [1-9] ok after retry, 0 address gone, 0 failed$/,
    )
  })

  test('of one that is out: why, by whom, the timers that run, and what fails first', async () => {
    await shows(FAILED, /ISOLATED for/)
    const said = await text()
    expect(said).toContain(FAILED.reasons[0] ?? '')
    expect(said).toContain('4 of 7 endpoints ok')
    expect(said).toContain('Maintenance: isolated by root since 2025-12-29T09:20:00Z: ')
    expect(said).toContain('new switch in rack 7, für Grüße')
    expect(said).toContain('the last good order stays active')
    expect(said).toMatch(/backoff held\s+[5-9]\.\d s/)
    expect(said).toMatch(/probation left\s+48\.0 s/)
    expect(said).toMatch(/not probed yet\s*roots/)
    const first = 'document.querySelector("#endpoints tr th").innerText'
    expect(await tab.evaluate<string>(first)).toStartWith('192.0.2.11')
  })

  test('of a load balancer: its real servers, what each weighs, and why', async () => {
    await shows(POOL, /3 of 8 real servers in the pool/)
    const rows = await tab.evaluate<string[][]>(
      '[...document.querySelectorAll("#backends tr")].map((it) => [...it.children].map((cell) => cell.innerText))',
    )
    const why = 'udp/192.0.2.12 127.in-addr.arpa SOA: timeout (no response in time)'
    expect(rows.slice(0, 4)).toEqual([
      ['recdns.ns1', 'serving', '25 of 100', '2 of 2 ok', '12 min', ''],
      ['recursive-v6.resolver-1.example', 'serving', '100', '2 of 2 ok', '12 min', ''],
      ['recdns.ns2', 'failed', '0 of 100', '1 of 2 ok', '12 min', why],
      [
        'recursive-v6.resolver-2.example',
        'failed',
        '1 of 100',
        '1 of 2 ok',
        '12 min',
        `fail-open: all real servers have failed\n1: ${why}\n2: ${why}\n3: ${why}\nand 2 more`,
      ],
    ])
    expect(rows[4]?.[5]).toMatch(/^drained by root since 2026-01-01T11:59:00Z: kernel update$/)
    expect(rows[6]?.slice(1, 4)).toEqual(['failed', '–', '0 of 2 ok'])
    const bars = await tab.evaluate<string[]>(
      '[...document.querySelectorAll("#backends .rest")].map((it) => it.style.width)',
    )
    expect(bars).toEqual(['25%', '100%', '0%', '1%', '0%', '1%', '0%', '0%'])
    expect(await text()).toContain('Virtual addresses')
    await shows(WELL, /6 of 6 endpoints ok/)
    const hidden = 'document.getElementById("backends-section").hidden'
    expect(await tab.evaluate<boolean>(hidden)).toBe(true)
  })

  test('of a drained one says so first, and the last events with it', async () => {
    const events = [{ at: '2026-01-01T11:59:39.000Z', text: 'drained by root: kernel update' }]
    await shows({ ...DRAINED, events }, /DRAINED for/)
    const said = await text()
    expect(said).toContain('Maintenance: drained by root since 2026-01-01T11:59:39Z: kernel update')
    expect(said).toMatch(/Last events[\s\S]*2026-01-01T11:59:39Z drained by root: kernel update/)
    expect(said).toContain('config loaded 2026-01-01T09:00:00Z')
    expect(said).not.toContain('Timers')
  })

  test('shadow mode, an outage that is over, and a slow answer are told in words', async () => {
    await shows({ ...WELL, shadow: true }, /SERVING for[\s\S]*Shadow mode: on, so drain refuses/)
    expect(await text()).toMatch(/ok 1200 ms \(slow\)[\s\S]*failed for up to 30 s in the last/)
  })

  test('what is announced to those who listen is the state, when it changes', async () => {
    await shows(FAILED, /ISOLATED for/)
    const announcement = 'document.querySelector("[role=status]").textContent'
    expect(await tab.evaluate<string>(announcement)).toBe('dns1: isolated')
    await shows(WELL, /SERVING for/)
    expect(await tab.evaluate<string>(announcement)).toBe('dns1: serving')
  })

  test('a status that comes anew changes what has changed, and no more', async () => {
    await shows(WELL, /SERVING for/)
    await tab.evaluate('window.before = [...document.querySelectorAll("td, th, svg")]; 0')
    const changed = { ...WELL, version: '9.9.9' }
    await shows(changed, /holdfast 9\.9\.9/)
    const same =
      '[...document.querySelectorAll("td, th, svg")].every((it, index) => it === before[index])'
    expect(await tab.evaluate<boolean>(same)).toBe(true)
  })

  test('hostile text is text: nothing is run, drawn or fetched for it', async () => {
    const evil = '</script><img src=http://192.0.2.9/x onerror="window.owned=1"><b>\u202e"\'`{{1}}'
    const hostile: StatusDocument = {
      ...FAILED,
      server: evil,
      version: evil,
      reasons: [evil],
      complaints: [evil],
      override: { mode: 'drained', by: evil, reason: evil, sinceWallMs: 0, untilWallMs: 1 },
      upstreams: [{ name: evil, up: false, passed: 0, of: 1, quorum: 1 }],
      instances: [
        { ...(WELL.instances[0] as never as object), name: evil, addresses: [evil] },
      ] as never,
      backends: (BALANCER.backends ?? []).map((backend) => ({
        ...backend,
        backend: evil,
        reasons: [evil],
      })),
      endpoints: FAILED.endpoints.map((endpoint) => ({
        ...endpoint,
        endpoint: `udp/${evil}`,
        detail: evil,
      })),
    }
    await shows(hostile, /owned/)
    expect(await tab.evaluate<string>('document.querySelector("h1").textContent')).toBe(evil)
    expect(await tab.evaluate<number>('document.querySelectorAll("img, b[onerror]").length')).toBe(
      0,
    )
    expect(await tab.evaluate<string>('typeof window.owned')).toBe('undefined')
    await shows(WELL, /SERVING for/)
  })

  test('a daemon that answers no more is seen, and so is its return', async () => {
    await shows(WELL, /SERVING for/)
    served.show(null)
    await eventually(
      async () => /has not answered for \d/.test(await text()),
      () => 'the daemon has not answered',
    )
    expect(await tab.evaluate<string>('document.title')).toBe('no answer – holdfast')
    await shows(WELL, /live/)
    tab.complaints.splice(0)
  })

  test.each(SCREENS)(
    'on a %s',
    async (name, screen) => {
      await tab.show(screen)
      for (const status of [WELL, FAILED, crowded(20), POOL]) {
        await shows(status, new RegExp(`^${status.server}$`, 'm'))
        const overflow =
          'document.documentElement.scrollWidth - document.documentElement.clientWidth'
        expect(await tab.evaluate<number>(overflow)).toBe(0)
        expect(await tab.evaluate<string[]>(lowContrasts)).toEqual([])
      }
      const picture = PICTURED.get(name)
      if (process.env.UPDATE !== '1' || picture === undefined) return
      const { file, status, mark } = picture
      await shows(status, mark)
      writeFileSync(join(PICTURES, file), await tab.picture())
    },
    30_000,
  )

  test('nothing was complained of, and nothing was asked of anybody else', () => {
    expect(tab.complaints).toEqual([])
    expect(new Set(tab.requests)).toEqual(new Set([served.url, `${served.url}status.json`]))
  })

  test('the policy lets nothing else in', async () => {
    const policy = (await fetch(served.url)).headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-/,
    )
    expect(policy).not.toContain('unsafe')
    const tried = await tab.evaluate<string>(`(() => {
      const script = document.createElement('script')
      script.append('window.owned = 1')
      document.body.append(script)
      return typeof window.owned
    })()`)
    expect(tried).toBe('undefined')
    const fetched = 'fetch("http://192.0.2.9/").then(() => "fetched", () => "refused")'
    expect(await tab.evaluate<string>(fetched)).toBe('refused')
    expect(tab.complaints.join('\n')).toContain('Content Security Policy')
  })
})
