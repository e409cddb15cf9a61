// `holdfast simulate` as it is typed: scenarios, policies, files, processes, replays and mistakes.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createProgress } from '../../../src/cli/progress.ts'
import { historyText } from '../../../src/documents/history-lines.ts'
import { SCENARIOS } from '../../../src/simulate/scenarios.ts'
import type { SimulationDocument } from '../../../src/view/simulation/simulation-document.ts'
import { testConfig } from '../../core/config.ts'
import { holdfast } from '../../support/recorder.ts'
import { folderForAllTests } from '../../support/temporary-folder.ts'

const MAIN = resolve(import.meta.dir, '../../../src/main.ts')
const QUICK = ['--hours', '0.1', '--runs', '2', '--policy', 'holdfast,keepalived-1/1']

const folder = folderForAllTests()

/** A file in the tests' folder; hands back its path. */
function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const CONFIG = `
[clusters.web.instances.web0]
addresses = ["192.0.2.80"]
[flap]
backoff_hold = "7s"
`

/** The program in a process of its own, as it starts workers of its own. */
function started(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'simulate', ...argv], {
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

describe('simulate', () => {
  test('prints the same to the byte whatever the number of processes', () => {
    const words = ['crash', 'bad-server', ...QUICK, '--json']
    const alone = started(...words, '--jobs', '1')
    const many = started(...words, '--jobs', '3')
    expect(alone.code).toBe(0)
    expect(many.out).toBe(alone.out)
    const document = JSON.parse(alone.out) as SimulationDocument
    expect(document).toMatchObject({ seed: '1', servers: 3, hours: 0.1, runs: 2 })
    expect(document.policies.map(({ name }) => name)).toEqual(['holdfast', 'keepalived 1/1'])
    expect(document.scenarios.map(({ scenario }) => scenario)).toEqual(['crash', 'bad-server'])
    // Four processes start here, which on a busy machine takes its time.
  }, 60_000)

  test('takes the config, and says whose it is', async () => {
    const path = file('web.toml', CONFIG)
    const said = await holdfast('simulate', 'crash', '--config', path, ...QUICK, '--jobs', '1')
    expect(said.code).toBe(0)
    expect(said.err).toBe(`holdfast simulate: holdfast uses ${path}`)
    expect(said.out).toContain('crash: named crashes')
    expect(said.out).toMatch(/^holdfast +\d/m)
    expect(said.out).toMatch(/^keepalived 1\/1 +\d/m)
  })

  test('sets keys of the config for a policy beside the first', async () => {
    const words = ['simulate', 'bad-server', ...QUICK, '--jobs', '1', '--json']
    const said = await holdfast(
      ...words,
      '--set',
      'flap.failback_delay=0s,flap.holder_tolerance=0s',
    )
    const { policies, scenarios } = JSON.parse(said.out) as SimulationDocument
    expect(policies.map(({ name }) => name)).toEqual(['holdfast', 'with --set', 'keepalived 1/1'])
    const [plain, changed] = scenarios[0]?.points[0]?.policies ?? []
    expect(changed?.failoversPerHour.mean).toBeGreaterThan(plain?.failoversPerHour.mean ?? 0)
  })

  test('reads scenarios from files, draws pictures, and prints CSV', async () => {
    const scenario = file(
      'night.toml',
      '[[fault]]\nkind = "crash"\nat = "2m"\nserver = 1\nfor = "30s"\n',
    )
    const svg = join(folder, 'night.svg')
    const words = ['simulate', scenario, ...QUICK, '--jobs', '1', '--csv', '--svg', svg]
    const said = await holdfast(...words)
    expect(said.code).toBe(0)
    expect(said.out).toMatch(/^night,,holdfast,2,/m)
    expect(said.err).toContain(`drew ${join(folder, 'night-timeline.svg')}`)
    expect(readFileSync(svg, 'utf8')).toStartWith('<svg ')
    expect(readFileSync(join(folder, 'night-timeline.svg'), 'utf8')).toContain('crash')
  })

  test('lists scenarios and policies', async () => {
    const { code, out } = await holdfast('simulate', '--list')
    expect(code).toBe(0)
    for (const { name } of SCENARIOS) expect(out).toContain(`  ${name} `)
    expect(out).toContain('gdnsd.config(5)')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })
})

describe('mistakes', () => {
  const cases: readonly (readonly [words: string, complaint: string])[] = [
    ['crsh', 'unknown scenario "crsh"; did you mean "crash"?'],
    ['crash crash', 'scenario crash is given twice'],
    ['--servers 0', '--servers must be a whole number from 1 to 16, not "0"'],
    ['--runs 1.5', '--runs must be a whole number from 1 to 10000, not "1.5"'],
    ['--hours x', '--hours must be a number from 0.01 to 100000, not "x"'],
    ['--after 5h', '--after must come before the end of --hours'],
    ['--after 5', 'invalid duration "5" for --after: write a number and a unit, for example "5m"'],
    ['--vrrp 4', '--vrrp must be 2 or 3, not "4"'],
    ['--vrrp 2 --advert 100ms', '--advert must be in whole seconds for VRRP version 2, up to 255s'],
    ['--policy holdfest', 'unknown policy "holdfest"; did you mean "holdfast"?'],
    ['--json --csv', 'use only one of --json and --csv'],
    ['--set flap.rise', '--set: "flap.rise" is no setting; write it as flap.backoff_hold=10s'],
    ['--set flap.rise=0', '--set: 0 is out of range: 1 to 100; write a number from 1 to 100'],
    ['--set flap.ris=1', '--set: unknown key "ris" in [flap]; did you mean "rise"?'],
  ]
  test.each([...cases])('%s', async (words, complaint) => {
    const said = await holdfast('simulate', ...words.split(' '))
    expect(said).toEqual({ code: 2, out: '', err: `holdfast simulate: ${complaint}` })
  })

  test('in files are shown at their places', async () => {
    const bad = file('bad.toml', '[[fault]]\nkind = "cash"\nat = "1m"\n')
    const scenario = await holdfast('simulate', bad)
    expect(scenario.code).toBe(2)
    expect(scenario.err).toContain(`${bad}:2:8: error[E_CHOICE]:`)
    const config = await holdfast('simulate', '--config', bad)
    expect(config.code).toBe(2)
    expect(config.err).toContain(`${bad}:1:3: error[E_UNKNOWN_KEY]:`)
  })

  test('servers that a scenario names and nobody has', async () => {
    const third = file('third.toml', '[[errors]]\nrate = 1\nservers = [3]\n')
    const said = await holdfast('simulate', third, '--servers', '2')
    expect(said).toMatchObject({
      code: 2,
      err: 'holdfast simulate: scenario third needs server 3, but there are 2; see --servers',
    })
  })

  test('files that are not there', async () => {
    const nowhere = join(folder, 'nowhere.toml')
    for (const words of [[nowhere], ['--config', nowhere], ['--replay', nowhere]]) {
      const said = await holdfast('simulate', ...words)
      expect(said.code).toBe(1)
      expect(said.err).toStartWith(`holdfast simulate: cannot read ${nowhere}`)
    }
  })

  test('a picture that cannot be written', async () => {
    const svg = join(folder, 'no', 'folder.svg')
    const said = await holdfast('simulate', 'crash', ...QUICK, '--jobs', '1', '--svg', svg)
    expect(said.code).toBe(1)
    expect(said.err).toContain(`holdfast simulate: cannot write ${svg}`)
  })
})

describe('replay', () => {
  const { server, clusters, groups, addresses, timing, flap } = testConfig()
  const config = { server, clusters, groups, addresses, timing, flap }
  const eth0 = {
    address: '192.0.2.11',
    family: 4,
    interface: 'eth0',
    loopback: false,
    state: 'ready',
    sinceMs: null,
  } as const
  const item = 'local/0@udp/192.0.2.11'
  const lines = [
    { kind: 'start', version: 1, nowMs: 0, wallMs: Date.UTC(2026, 4, 1), config, state: null },
    { kind: 'order', nowMs: 0, cluster: 'recdns', servers: ['s1', 's2'] },
    { kind: 'addresses', nowMs: 0, addresses: [eth0], removed: [] },
    { kind: 'state', nowMs: 1, state: 'healthy' },
    { kind: 'items', nowMs: 60_000, names: [item] },
    ...[0, 1, 2, 3].map((nth) => ({
      kind: 'result' as const,
      nowMs: 60_000 + nth * 34,
      item: 0,
      askedMs: 60_000,
      beforeMs: 59_000,
      nth,
      outcome: 'conn-refused' as const,
      latencyMs: 0.1,
    })),
    { kind: 'state', nowMs: 60_102, state: 'failed' },
    { kind: 'again', nowMs: 61_103, item: 0, askedMs: 61_102 },
    { kind: 'state', nowMs: 63_104, state: 'probation' },
    { kind: 'stop', nowMs: 100_000 },
  ] as const

  test('shows what was recorded beside what would have been', async () => {
    const path = file('history.jsonl', lines.map(historyText).join('\n'))
    const said = await holdfast('simulate', '--replay', path, '--set', 'flap.failback_delay=0s')
    expect(said.code).toBe(0)
    expect(said.out.split('\n').slice(0, 7)).toEqual([
      's1, 2026-05-01T00:00:00.000Z to 2026-05-01T00:01:40.000Z: 0.0 h',
      '',
      '           as recorded  flap.failback_delay=0s',
      'failures   1            1',
      'changes    3            3',
      'healthy    60.10 %      97.00 %',
      'probation  36.90 %      0.00 %',
    ])
    expect(said.out).toMatch(/^2026-05-01T00:01:00\.\d+Z +failed/m)
  })

  test('as JSON has both versions whole', async () => {
    const path = file('history.jsonl', lines.map(historyText).join('\n'))
    const said = await holdfast('simulate', '--replay', path, '--json')
    const { versions } = JSON.parse(said.out) as {
      versions: { label: string; falls: number; lives: { state: string }[][] }[]
    }
    expect(versions.map(({ label, falls }) => `${label} ${falls}`)).toEqual([
      'as recorded 1',
      'replayed 1',
    ])
    expect(versions[1]?.lives[0]?.map(({ state: serverState }) => serverState)).toEqual([
      'failed',
      'healthy',
      'failed',
      'probation',
    ])
    expect(said.err).toBe('')
  })

  test('reads the older file, too, and says what it leaves out', async () => {
    const whole = lines.map(historyText)
    file('two.1.jsonl', `${whole.slice(0, 6).join('\n')}\n`)
    const path = file('two.jsonl', `half a line\n${whole.slice(6).join('\n')}\n`)
    const said = await holdfast('simulate', '--replay', path, '--json')
    expect(said.err).toContain('1 lines cannot be read')
    expect(JSON.parse(said.out).lives).toHaveLength(1)
  })

  test('of something else says so', async () => {
    const path = file('else.jsonl', 'nothing\n')
    const said = await holdfast('simulate', '--replay', path)
    expect(said.code).toBe(1)
    expect(said.err).toContain(`${path} holds no history`)
  })
})

describe('progress', () => {
  function shown(isTerminal: boolean): string {
    let now = 0
    let text = ''
    const progress = createProgress('working', {
      isTerminal,
      nowMs: () => now,
      write: (other) => (text += other),
    })
    for (now = 0; now < 12_000; now += 100) progress.at(now / 12_000)
    progress.end()
    return text
  }

  test('on a terminal is one line that changes and goes', () => {
    const lines = shown(true).split('\r\u001b[K')
    expect(lines.length).toBeGreaterThan(20)
    expect(lines[1]).toBe('8 %, 11 s left: working')
    expect(lines.at(-1)).toBe('')
    expect(shown(true)).not.toContain('\n')
  })

  test('elsewhere is a line every few seconds', () => {
    expect(shown(false)).toBe(
      '8 %, 11 s left: working\n50 %, 6 s left: working\n91 %, 2 s left: working\n',
    )
  })

  test('says nothing of work that is soon done', () => {
    let text = ''
    const progress = createProgress('x', {
      isTerminal: true,
      nowMs: () => 500,
      write: (other) => (text += other),
    })
    progress.at(0.5)
    progress.end()
    expect(text).toBe('')
  })
})
