// What all parts of the rollout's test share: hosts, a controller, releases, and how plays are judged.
import { expect } from 'bun:test'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPage } from '../docs/markdown.ts'
import type { Layer, Machine } from '../machines/machine.ts'
import type { Machines } from '../machines/machines.ts'
import { type Controller, createController, type Play, type TypeOptions } from './controller.ts'
import {
  createHosts,
  installExporter,
  MEASURED,
  NEWCOMER,
  SERVERS,
  saveDisks,
  saveModels,
} from './hosts.ts'
import { ARCH, makeRelease } from './release.ts'
import {
  makeSecrets,
  type Receivers,
  type Secrets,
  startReceivers,
  tellReceivers,
  writeVault,
} from './secrets.ts'
import { FORWARD, REVERSE, untilServes, WHOAMI_ZONE, writeWhoami } from './service.ts'
import { blocksBelow, commandBelow, inlineBelow } from './typed.ts'

export interface World {
  readonly hosts: Machines
  readonly controller: Controller
  /** Folders of two builds that know themselves apart. */
  readonly releases: readonly [string, string]
  /** Has this be dist/release, which plays install from; the first release until somebody says so. */
  install(release: string): void
  readonly secrets: Secrets
  readonly receivers: Receivers
  /** The four of inventory/example, in its order. */
  readonly servers: readonly [Machine, Machine, Machine, Machine]
  readonly newcomer: Machine
  play(playbook: string, ...args: readonly string[]): Promise<Play>
  /** Types the one command like this below a heading of docs/ansible.md or docs/migrate.md. */
  type(heading: string, like: RegExp, options?: Typing): Promise<Play>
  destroy(): Promise<void>
}

export interface Typing extends TypeOptions {
  /** What the page calls a server, and which one it is here. */
  readonly named?: Readonly<Record<string, string>>
  /** Words that the page has one leave out. */
  readonly without?: string
  /** Words at the line's end, such as the page has in a sentence. */
  readonly more?: string
}

const ANSIBLE = 'docs/ansible.md'
const MIGRATE = 'docs/migrate.md'

export interface WorldOptions {
  /** What is on the hosts before anything is rolled out. */
  readonly layer?: Layer
  /** Those of the hosts that there are; the four servers unless it is given. */
  readonly names?: readonly string[]
  /** A folder that `saveWorld` has made, to go on from there; with another layer, without its disks. */
  readonly from?: string | null
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { layer = 'base', names = SERVERS, from = null } = options
  const controller = createController(from)
  const isBare = from === null || layer !== 'base'
  const disks = join(isBare ? controller.folder : from, 'disks')
  await Promise.all([
    from === null ? prepare(controller) : null,
    isBare ? saveModels(names, controller.publicKey, layer, disks) : null,
  ])
  let receivers: Receivers | null = null
  const hosts = await createHosts(disks, {
    names,
    layer,
    async before(fleet) {
      receivers = await startReceivers(fleet, join(controller.folder, 'receivers'))
    },
  })
  if (receivers === null) throw new Error('the receivers were not started')
  const bare = hosts.all.filter(({ name }) => isBare || name === NEWCOMER)
  for (const host of bare) await furnish(host, receivers)
  controller.introduce(hosts.all)
  const world = worldOf(controller, hosts, receivers)
  world.install(world.releases[0])
  if (from === null)
    expect(await world.type('Secrets', /^ansible-vault/)).toMatchObject({ code: 0 })
  return world
}

function worldOf(controller: Controller, hosts: Machines, receivers: Receivers): World {
  const [ns1, ns2, ns3, ns4] = SERVERS
  return {
    ...{ hosts, controller, receivers },
    get servers() {
      const { machine } = hosts
      return [machine(ns1), machine(ns2), machine(ns3), machine(ns4)] as const
    },
    releases: [join(controller.folder, 'first'), join(controller.folder, 'second')],
    secrets: JSON.parse(readFileSync(join(controller.folder, 'secrets.json'), 'utf8')),
    install: (release) => controller.release(release),
    get newcomer() {
      return hosts.machine(NEWCOMER)
    },
    play: (playbook, ...args) => controller.play(hosts.fleet, playbook, args),
    type(heading, like, options = {}) {
      const line = asTyped(commandBelow(pageOf(heading), heading, like), options)
      return controller.type(hosts.fleet, line, options)
    },
    async destroy() {
      await hosts.destroy()
      controller.remove()
    },
  }
}

/** What is on a host that is no part of a rollout. */
async function furnish(host: Machine, receivers: Receivers): Promise<void> {
  writeWhoami(host)
  receivers.introduce(host)
  if (host.name === MEASURED) await installExporter(host)
}

/** Switches the hosts off, and keeps all that `createWorld` needs to go on from there. Nothing else may follow. */
export async function saveWorld({ controller, hosts }: World, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  controller.save(folder)
  // With the marks of files that were removed, which are devices.
  await hosts.fleet.run(['cp', '--archive', join(controller.folder, 'disks'), folder])
  await saveDisks(hosts, join(folder, 'disks'))
}

function asTyped(line: string, { named = {}, without = '', more = '' }: Typing): string {
  let typed = line.replace(without, '')
  for (const [there, here] of Object.entries(named)) typed = typed.replaceAll(there, here)
  return `${typed} ${more}`.trim()
}

/** The one piece of code like this in the sentences below a heading of docs/ansible.md or docs/migrate.md. */
export function wordsOf(heading: string, like: RegExp): string {
  return inlineBelow(pageOf(heading), heading, like)
}

/** The page of a rollout that has a heading. */
function pageOf(heading: string): string {
  return readPage(MIGRATE).includes(`\n## ${heading}\n`) ? MIGRATE : ANSIBLE
}

/** What the page says is to be done before hosts are looked at, for one architecture, and the editing that it asks for. */
async function prepare(controller: Controller): Promise<void> {
  const [lines = []] = blocksBelow(ANSIBLE, 'The first rollout')
  const verify = commandBelow('docs/install.md', 'Make a release, and verify one', /sha256sum/)
  for (const line of [...lines, verify])
    await controller.prepare(line.replace(/build\/package$/, `$& --arch ${ARCH}`))
  controller.set({ bind_global_extra: [WHOAMI_ZONE] })
  const secrets = makeSecrets()
  writeFileSync(join(controller.folder, 'secrets.json'), JSON.stringify(secrets))
  writeVault(controller, secrets)
  tellReceivers(controller)
  const first = join(controller.folder, 'first')
  renameSync(join(controller.clone, 'dist/release'), first)
  const options = { commit: 'e2e-second', packageOf: first }
  await makeRelease(join(controller.folder, 'second'), options)
}

/** Fails with all that was said unless the play came to a good end; returns what changed where. */
export function changes({ code, text, recap }: Play): Record<string, number> {
  if (code !== 0) throw new Error(`exit ${code}\n${text}`)
  return Object.fromEntries(Object.entries(recap).map(([host, { changed }]) => [host, changed]))
}

/** Fails unless the play was stopped by what one task said; returns the hosts that failed. */
export function failures({ code, text, recap }: Play, said: RegExp): string[] {
  expect({ code, text }).toEqual({ code: 2, text: expect.stringMatching(said) })
  return Object.keys(recap).filter((host) => (recap[host]?.failed ?? 0) > 0)
}

/** All is as it should be: the first server of the order and the last hold the addresses. */
export async function untilInOrder({ servers }: World): Promise<void> {
  await untilServes(servers[0], FORWARD)
  await untilServes(servers[1], [])
  await untilServes(servers[2], [])
  await untilServes(servers[3], REVERSE)
}

/** The commit that a host's executable was built from. */
export async function buildOf(host: Machine): Promise<string> {
  const said = await host.run(['holdfast', '--version'])
  return /\((\S+),/.exec(said)?.[1] ?? said
}

/** what an operator decided there: its reason, or null. */
export async function orderOn(host: Machine): Promise<string | null> {
  const status = JSON.parse(await host.run(['holdfast', 'status', '--json']))
  return status.override?.reason ?? null
}
