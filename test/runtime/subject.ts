// The daemon under test: the real program on a host of its own, and what it publishes.
import { expect } from 'bun:test'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readBounded } from '../../src/adapters/atomic-file.ts'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { chooseHoldfast } from '../lab/holdfast.ts'
import { holdfast, type Said } from '../support/recorder.ts'
import { type Host, type Program, REPOSITORY } from './host.ts'
import { eventually } from './lines.ts'

export interface Subject {
  readonly program: Program
  /** The last status that it wrote, or null while there is none to be read. */
  status(): StatusDocument | null
  /** Waits for a status. */
  until(holds: (status: StatusDocument) => boolean): Promise<StatusDocument>
  untilHealth(health: StatusDocument['health']): Promise<StatusDocument>
  /** Ends it as systemd does and holds it to a clean end. */
  stop(): Promise<void>
}

/** The files of one daemon; several daemons may use the same, one after the other. */
export interface Place {
  readonly host: Host
  readonly config: string
  readonly runDir: string
  readonly stateDir: string
  readonly order: string
  /** What the instance's track file holds, or null without one. */
  priority(instance?: string): string | null
  writeConfig(toml: string): void
  writeOrder(...servers: readonly string[]): void
  writeOverride(text: string): void
  untilPriority(value: string | null): Promise<void>
  /** `holdfast check` on what stands there now. */
  check(): Promise<Said>
  /** Waits until `check` exits with this code. */
  untilCheck(code: number): Promise<Said>
  /** Makes the run folder a file system of its own, with little room. */
  mountSmallDisk(): void
  /** Uses up what room there is on it, or gives it back. */
  fillDisk(full: boolean): void
  start(options?: StartOptions): Subject
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A module that Bun loads first. */
  readonly preload?: string
  /** What runs src/main.ts instead of Bun. */
  readonly runtime?: readonly string[]
}

/** Quick enough that a test sees several cycles; other than that the defaults. */
export const QUICK = `
[timing]
check_interval = "200ms"
[flap]
backoff_min = "50ms"
backoff_max = "200ms"
backoff_hold = "0s"
[addresses]
new_address_grace = "200ms"
`

let places = 0

/** New files for a daemon on this host; the server is first of two. */
export function createPlace(host: Host, toml = QUICK): Place {
  places += 1
  const folder = join(host.folder, `place${places}`)
  const at = (name: string) => join(folder, name)
  const place: Place = {
    host,
    config: at('holdfast.toml'),
    runDir: at('run'),
    stateDir: at('state'),
    order: at('order/recdns'),
    priority: (instance = 'recdns0') => readText(host.path(at(`run/priority/${instance}`))),
    writeConfig: (text) => writeFileSync(at('holdfast.toml'), text),
    writeOrder: (...servers) => replace(at('order/recdns'), `${servers.join('\n')}\n`),
    writeOverride: (text) => replace(at('state/override.json'), text),
    untilPriority: (value) =>
      eventually(
        () => place.priority() === value,
        () => `${value}, not ${place.priority()}`,
      ),
    check: () => holdfast('check', '--run-dir', host.path(at('run'))),
    async untilCheck(code) {
      let said = await place.check()
      await eventually(
        async () => {
          said = await place.check()
          return said.code === code
        },
        () => `exit ${code}, not ${said.code}: ${said.out}`,
      )
      return said
    },
    mountSmallDisk() {
      mkdirSync(at('run'))
      host.sh(`mount -t tmpfs -o size=64k,mode=0755 tmpfs ${at('run')}`)
    },
    fillDisk(full) {
      const ballast = at('run/ballast')
      host.sh(full ? `! head -c 100k /dev/zero 2>&1 >${ballast}` : `rm ${ballast}`)
    },
    start: (options = {}) => createSubject(place, options),
  }
  for (const name of ['order', 'state']) mkdirSync(at(name), { recursive: true })
  place.writeOrder('s1', 's2')
  place.writeConfig(configText(place, toml))
  return place
}

/** A daemon with files of its own, once it is healthy. */
export async function healthyDaemon(
  host: Host,
): Promise<{ readonly place: Place; readonly daemon: Subject }> {
  const place = createPlace(host)
  const daemon = place.start()
  await daemon.untilHealth('healthy')
  return { place, daemon }
}

/** A config for the place, with `toml` appended. */
export function configText(place: Place, toml = QUICK): string {
  return `[server]
name = "s1"
[clusters.recdns]
order_file = "${place.order}"
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53"]
[paths]
run_dir = "${place.runDir}"
state_dir = "${place.stateDir}"
${toml}`
}

const MAIN = join(REPOSITORY, 'src/main.ts')

function commandOf({ preload, runtime }: StartOptions): readonly string[] {
  if (runtime !== undefined) return [...runtime, MAIN]
  if (preload !== undefined) return [process.execPath, '--preload', preload, MAIN]
  return chooseHoldfast() === 'built'
    ? [join(REPOSITORY, 'dist/holdfast')]
    : [process.execPath, MAIN]
}

function createSubject(place: Place, options: StartOptions): Subject {
  const command = [...commandOf(options), 'daemon', '--config', place.config]
  const program = place.host.start(command, options.env)
  const status = () => {
    const document = readDocument(place.host.path(join(place.runDir, 'status.json')))
    return document?.pid === program.pid ? document : null
  }
  let ended = false
  void program.exited.then(() => {
    ended = true
  })
  const until = async (holds: (document: StatusDocument) => boolean) => {
    let last: StatusDocument | null = null
    const look = () => {
      if (ended) throw new Error(`the daemon ended:\n${program.lines.all.join('\n')}`)
      last = status()
      return last !== null && holds(last)
    }
    await eventually(look, () => `${JSON.stringify(last)}\n${program.lines.all.join('\n')}`)
    return last as unknown as StatusDocument
  }
  return {
    program,
    status,
    until,
    untilHealth: (health) => until((document) => document.health === health),
    async stop() {
      program.signal('SIGTERM')
      expect(await program.exited).toBe(0)
      expectClean(program.lines.all)
    },
  }
}

/** One line an event, each in the form of a log, and nothing of the program's insides. */
export function expectClean(lines: readonly string[]): void {
  const form = /^(\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn |info |debug) |<[3467]>)\S/
  expect(lines.filter((line) => !form.test(line))).toEqual([])
  expect(lines.filter((line) => /^\s+at |internal error/.test(line))).toEqual([])
}

function readDocument(path: string): StatusDocument | null {
  try {
    return JSON.parse(readText(path) ?? '') as StatusDocument
  } catch {
    return null
  }
}

/** Never waits: what stands there may be a FIFO. */
function readText(path: string): string | null {
  const read = readBounded(path, 1 << 20)
  return read.ok ? read.value.trim() : null
}

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
