// The page in Chromium: what it shows, that hostile text stays text, and that it can be read by all.
// UPDATE=1 draws the pictures of the documentation anew.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { eventually } from '../runtime/lines.ts'
import { BALANCER, crowded, FAILED, target, WELL } from '../view/status/documents.ts'
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
  verdict_since: '2026-01-01T11:58:42.000Z',
  addresses: [],
  targets: [
    ...WELL.targets,
    target('udp/2001:db8:0:1::53', 'ok', 0.87),
    target('tcp/2001:db8:0:1::53', 'ok', 1.31),
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
        ? ({ standing: 'degraded', verdict: 'degraded', weight: 1, override: null } as const)
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
      ? { ...backend, verdict: 'healthy', standing: 'healthy', weight: 100, targets_ok: 2 }
      : backend,
  ),
}
const PICTURED = new Map([
  ['desktop-light', { file: 'page.png', status: QUIET, mark: /8 of 8 targets answer/ }],
  [
    'desktop-dark',
    { file: 'page-balancer.png', status: PICTURED_POOL, mark: /2 of 4 real servers/ },
  ],
  ['phone-dark', { file: 'page-phone.png', status: FAILED, mark: /failed for/ }],
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
      stripsOf(status, (target) => target.includes('192.0.2.11')),
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

  test('of a healthy server: verdict, instances, targets, upstream groups', async () => {
    await shows(WELL, /healthy for 12 min/)
    const said = await text()
    expect(said).toContain('6 of 6 targets answer')
    expect(said).toContain('address 2001:db8::9 on eth0 is dadfailed: not asked')
    const cells = await tab.evaluate<string[]>(
      '[...document.querySelectorAll("#instances tr:first-child > *")].map((it) => it.innerText)',
    )
    expect(cells).toEqual([
      'recdns0',
      'healthy',
      '1 of 3',
      '250',
      '● yes',
      '192.0.2.53 2001:db8:0:1::53',
    ])
    expect(await tab.evaluate<string>('document.title')).toBe('healthy – dns1 – holdfast')
    const strip = 'document.querySelector("#targets svg").getAttribute("aria-label")'
    expect(await tab.evaluate<string>(strip)).toMatch(
      /^the last five minutes in 60 steps: 5\d answered, [1-9] asked again, 0 vanished, 0 failed$/,
    )
  })

  test('of a failed one: why, the order, the clocks that run, and what fails first', async () => {
    await shows(FAILED, /failed for/)
    const said = await text()
    expect(said).toContain(FAILED.reasons[0] ?? '')
    expect(said).toContain('4 of 7 targets answer')
    expect(said).toContain('drained by root since')
    expect(said).toContain('new switch in rack 7, für Grüße')
    expect(said).toContain('the last good order stays in force')
    expect(said).toMatch(/hold-down\s+[5-9]\.\d s/)
    expect(said).toMatch(/probation, clean to go\s+48\.0 s/)
    expect(said).toMatch(/not asked yet\s*roots/)
    const first = 'document.querySelector("#targets tr th").innerText'
    expect(await tab.evaluate<string>(first)).toStartWith('192.0.2.11')
  })

  test('of a load balancer: its real servers, what each weighs, and why', async () => {
    await shows(POOL, /3 of 8 real servers in the pool/)
    const rows = await tab.evaluate<string[][]>(
      '[...document.querySelectorAll("#backends tr")].map((it) => [...it.children].map((cell) => cell.innerText))',
    )
    const why = 'udp/192.0.2.12 127.in-addr.arpa SOA: timeout (no answer in time)'
    expect(rows.slice(0, 4)).toEqual([
      ['recdns.ns1', 'healthy', '25 of 100', '2 of 2', '12 min', ''],
      ['recursive-v6.resolver-1.example', 'healthy', '100', '2 of 2', '12 min', ''],
      ['recdns.ns2', 'failed', '0 of 100', '1 of 2', '12 min', why],
      [
        'recursive-v6.resolver-2.example',
        'failed',
        '1 of 100',
        '1 of 2',
        '12 min',
        `the last resort: nobody else is left\n1: ${why}\n2: ${why}\n3: ${why}\nand 2 more`,
      ],
    ])
    expect(rows[4]?.[5]).toMatch(/^drained by root since .*: kernel update$/)
    expect(rows[6]?.slice(1, 4)).toEqual(['failed', '–', '0 of 2'])
    const bars = await tab.evaluate<string[]>(
      '[...document.querySelectorAll("#backends .rest")].map((it) => it.style.width)',
    )
    expect(bars).toEqual(['25%', '100%', '0%', '1%', '0%', '1%', '0%', '0%'])
    expect(await text()).toContain('Virtual addresses')
    await shows(WELL, /6 of 6 targets answer/)
    const hidden = 'document.getElementById("backends-section").hidden'
    expect(await tab.evaluate<boolean>(hidden)).toBe(true)
  })

  test('what is announced to those who listen is the verdict, when it changes', async () => {
    await shows(FAILED, /failed for/)
    const announcement = 'document.querySelector("[role=status]").textContent'
    expect(await tab.evaluate<string>(announcement)).toBe('dns1 is failed')
    await shows(WELL, /healthy for/)
    expect(await tab.evaluate<string>(announcement)).toBe('dns1 is healthy')
  })

  test('a status that comes anew changes what has changed, and no more', async () => {
    await shows(WELL, /healthy for/)
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
      targets: FAILED.targets.map((target) => ({ ...target, target: `udp/${evil}`, detail: evil })),
    }
    await shows(hostile, /owned/)
    expect(await tab.evaluate<string>('document.querySelector("h1").textContent')).toBe(evil)
    expect(await tab.evaluate<number>('document.querySelectorAll("img, b[onerror]").length')).toBe(
      0,
    )
    expect(await tab.evaluate<string>('typeof window.owned')).toBe('undefined')
    await shows(WELL, /healthy for/)
  })

  test('a daemon that answers no more is seen, and so is its return', async () => {
    await shows(WELL, /healthy for/)
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
        await shows(status, new RegExp(`${status.verdict} for`))
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
