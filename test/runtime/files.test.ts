// What an operator edits under a running daemon: config, order and override, good and bad.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createHost, type Host, whyNoHost } from './host.ts'
import { configText, createPlace, expectClean, type Place, QUICK, type Subject } from './subject.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(60_000)

/** Ways in which a text file can be no text file, and what is said about each. */
const BROKEN: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ['garbage', (path) => writeFileSync(path, random(3000)), /NUL byte|control character|UTF-8/],
  ['10 MB', (path) => writeFileSync(path, 's1 # \n'.repeat(1.75e6)), /larger than/],
  ['a folder', (path) => mkdirSync(path), /not a regular file/],
  ['a FIFO', (path) => void spawnSync('mkfifo', [path]), /not a regular file/],
  ['nothing', () => {}, /no such file/],
]

function random(size: number): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(size))
  bytes[0] = 0
  return bytes
}

/** Puts something else at a path, whatever was there. */
function put(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true, force: true })
  make(path)
}

describe.skipIf(whyNoHost !== null)('files that an operator edits', () => {
  let host: Host
  let place: Place
  let daemon: Subject
  beforeAll(async () => {
    host = await createHost()
    await host.startNamed()
    place = createPlace(host)
    daemon = place.start()
    await daemon.untilHealth('healthy')
  })
  afterAll(async () => {
    await daemon.stop()
    await host[Symbol.asyncDispose]()
  })

  const priorityIs = (priority: number | 'fault') =>
    daemon.until(({ instances }) => instances[0]?.priority === priority)

  test('a changed order counts without a restart or a signal', async () => {
    place.writeOrder('s2', '# s3', 's1')
    await priorityIs(200)
    expect(place.priority()).toBe('199')
    // As an editor does that writes into the file itself.
    writeFileSync(place.order, 's1\ns2\n')
    await priorityIs(250)
    expect(place.priority()).toBe('249')
  })

  test('a server that is commented out is drained', async () => {
    place.writeOrder('# s1', 's2')
    const status = await priorityIs(30)
    expect(status.instances[0]).toMatchObject({ rank: null, state: 'drained' })
    place.writeOrder('s1', 's2')
    await priorityIs(250)
  })

  test.each(BROKEN)(
    'an order that is %s leaves the last good one in force',
    async (_, make, said) => {
      put(place.order, make)
      // Before it is there, there is none, which the daemon may see as well.
      const status = await daemon.until((statusDocument) =>
        said.test(statusDocument.complaints.join()),
      )
      expect(status.complaints).toEqual([
        expect.stringContaining('the last good order stays active'),
      ])
      expect([status.health, status.instances[0]?.priority]).toEqual(['healthy', 250])
      rmSync(place.order, { recursive: true, force: true })
      place.writeOrder('s1', 's2')
      await daemon.until((statusDocument) => statusDocument.complaints.length === 0)
      await daemon.program.lines.until(/order of recdns: .* is good again/)
    },
  )

  test('an order whose folder is moved away and back is followed again', async () => {
    const folder = dirname(place.order)
    renameSync(folder, `${folder}.away`)
    await daemon.until((status) => status.complaints.length === 1)
    renameSync(`${folder}.away`, folder)
    await daemon.until((status) => status.complaints.length === 0)
    place.writeOrder('s2', 's1')
    await priorityIs(200)
    place.writeOrder('s1', 's2')
    await priorityIs(250)
  })

  test('SIGHUP takes a new config: server, instances and log level', async () => {
    const second = '[clusters.recdns.instances.recdns1]\naddresses = ["192.0.2.54"]\n'
    const changed = `${second}reverse_order = true\n${QUICK}[daemon]\nlog_level = "debug"\n`
    place.writeConfig(configText(place, changed))
    daemon.program.signal('SIGHUP')
    const status = await daemon.until(({ instances }) => instances[1]?.priority === 200)
    expect(status.instances.map((instance) => [instance.name, instance.rank])).toEqual([
      ['recdns0', 1],
      ['recdns1', 2],
    ])
    expect(place.priority('recdns1')).toBe('199')
    place.writeConfig(configText(place))
    daemon.program.signal('SIGHUP')
    await daemon.until(({ instances }) => instances.length === 1)
    expect(place.priority('recdns1')).toBeNull()
    expect(place.priority('recdns0')).toBe('249')
  })

  const badConfigs = [
    ...BROKEN,
    [
      'bad in two places',
      (path: string) => writeFileSync(path, '[server]\nname = "s1"\nnmae = 1\n[pols]\n'),
      /has \d errors and is refused/,
    ] as const,
  ]
  test.each(badConfigs)(
    'a config that is %s leaves the last good one in force',
    async (_, make) => {
      const from = daemon.program.lines.all.length
      put(place.config, make)
      daemon.program.signal('SIGHUP')
      const status = await daemon.until((statusDocument) => statusDocument.complaints.length === 1)
      expect(status.complaints[0]).toMatch(/is refused; the last good config stays active/)
      expect([status.health, status.instances[0]?.priority]).toEqual(['healthy', 250])
      await daemon.program.lines.until(/is refused; the last good config stays/, from)
      const said = daemon.program.lines.all.slice(from)
      expect(said.join('\n')).toMatch(/ error \S+:\d+:\d+: error\[E_[A-Z0-9_]+\]: /)
      expectClean(said)
      put(place.config, () => place.writeConfig(configText(place)))
      daemon.program.signal('SIGHUP')
      await daemon.until((statusDocument) => statusDocument.complaints.length === 0)
    },
  )

  test('a config that moves its folders says that this needs a restart', async () => {
    place.writeConfig(configText(place).replace(place.runDir, `${place.runDir}2`))
    daemon.program.signal('SIGHUP')
    const status = await daemon.until((statusDocument) => statusDocument.complaints.length === 1)
    expect(status.complaints[0]).toMatch(/^paths.run_dir has changed: .* restarted$/)
    place.writeConfig(configText(place))
    daemon.program.signal('SIGHUP')
    await daemon.until((statusDocument) => statusDocument.complaints.length === 0)
  })

  const override = (mode: string) =>
    JSON.stringify({
      format: 1,
      mode,
      by: 'root',
      reason: 'new switch',
      since: '2026-01-01T00:00:00Z',
      until: null,
    })

  test('an override is obeyed for as long as it is there', async () => {
    place.writeOverride(override('drained'))
    await priorityIs(30)
    expect(place.priority()).toBe('29')
    expect((await place.check()).code).toBe(0)
    place.writeOverride(override('isolated'))
    await priorityIs('fault')
    expect(place.priority()).toBe('-254')
    expect((await place.check()).code).toBe(1)
    rmSync(`${place.stateDir}/override.json`)
    await priorityIs(250)
    expect((await place.check()).code).toBe(0)
  })

  test('an override is in force from the first priority after a start', async () => {
    const other = createPlace(host)
    other.writeOverride(override('isolated'))
    const isolated = other.start()
    await isolated.untilHealth('healthy')
    await isolated.stop()
    const said = isolated.program.lines.all.filter((line) => line.includes(': priority '))
    expect(said.map((line) => line.split(' info  ')[1])).toEqual([
      // The order is read after the override, and the end of the daemon changes nothing.
      'recdns0: priority FAULT (not in the order file)',
    ])
  })

  const corrupt = BROKEN.filter(([name]) => name !== 'nothing')
  test.each(corrupt)('an override that is %s drains, and says so', async (_, make) => {
    put(`${place.stateDir}/override.json`, make)
    const status = await priorityIs(30)
    expect(status.override).toMatchObject({ mode: 'drained', corrupt: expect.any(String) })
    await daemon.program.lines.until(/drain: because override\.json cannot be read/)
    put(`${place.stateDir}/override.json`, () => {})
    await priorityIs(250)
  })

  test('without a state folder there is no override, and a new one is seen', async () => {
    // The daemon writes into the folder, so that it goes at once by another name, and not file by file.
    renameSync(place.stateDir, `${place.stateDir}.first`)
    place.writeOverride(override('drained'))
    await priorityIs(30)
    renameSync(place.stateDir, `${place.stateDir}.second`)
    await priorityIs(250)
  })

  test.each([
    ['missing', () => {}],
    ['garbage', (path: string) => writeFileSync(path, random(100))],
  ])('an order that is %s from the start drains', async (_, make) => {
    const other = createPlace(host)
    put(other.order, make)
    const drained = other.start()
    const status = await drained.untilHealth('healthy')
    expect(status.complaints[0]).toContain('this server counts as drained there')
    expect(other.priority()).toBe('29')
    await drained.stop()
  })

  test.each(BROKEN)('a config that is %s from the start is refused', async (_, make) => {
    const other = createPlace(host)
    put(other.config, make)
    const refused = other.start()
    expect([1, 2]).toContain((await refused.program.exited) as number)
    const said = refused.program.lines.all.join('\n')
    expect(said).toContain(other.config)
    expect(said).not.toMatch(/^\s+at |internal error/m)
  })
})
