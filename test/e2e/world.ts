// What all parts of the rollout's test share: hosts, a controller, releases, and how plays are judged.
import { expect } from 'bun:test'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Layer, Machine } from '../machines/machine.ts'
import type { Machines } from '../machines/machines.ts'
import { type Controller, createController, type Play, type TypeOptions } from './controller.ts'
import { createHosts, installExporter, installMail, MEASURED, NEWCOMER, SERVERS } from './hosts.ts'
import { makeRelease } from './release.ts'
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
  /** Types the one command like this below a heading of docs/rollout.md. */
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

const ROLLOUT = 'docs/rollout.md'

/** @param layer what is on the hosts before anything is rolled out */
export async function createWorld(layer: Layer = 'base'): Promise<World> {
  const controller = createController()
  const prepared = prepare(controller)
  const hosts = await createHosts(controller.publicKey, layer)
  controller.introduce(hosts.all)
  await Promise.all(hosts.all.map(installMail))
  await installExporter(hosts.machine(MEASURED))
  const receivers = await startReceivers(hosts.fleet, join(controller.folder, 'receivers'))
  for (const host of hosts.all) {
    writeWhoami(host)
    receivers.introduce(host)
  }
  const [cnh, rnb, sby, wcdc] = SERVERS.map((name) => hosts.machine(name))
  if (!cnh || !rnb || !sby || !wcdc) throw new Error('four servers were expected')
  const world: World = {
    ...{ hosts, controller, receivers, servers: [cnh, rnb, sby, wcdc] },
    ...(await prepared),
    install: (release) => controller.release(release),
    newcomer: hosts.machine(NEWCOMER),
    play: (playbook, ...args) => controller.play(hosts.fleet, playbook, args),
    type(heading, like, options = {}) {
      const line = asTyped(commandBelow(ROLLOUT, heading, like), options)
      return controller.type(hosts.fleet, line, options)
    },
    async destroy() {
      await hosts.destroy()
      controller.remove()
    },
  }
  world.install(world.releases[0])
  const encrypt = await world.type('Secrets', /^ansible-vault/)
  expect(encrypt).toMatchObject({ code: 0 })
  return world
}

function asTyped(line: string, { named = {}, without = '', more = '' }: Typing): string {
  let typed = line.replace(without, '')
  for (const [there, here] of Object.entries(named)) typed = typed.replaceAll(there, here)
  return `${typed} ${more}`.trim()
}

/** The one piece of code like this in the sentences below a heading of docs/rollout.md. */
export function wordsOf(heading: string, like: RegExp): string {
  return inlineBelow(ROLLOUT, heading, like)
}

/** What the README says is to be done before hosts are looked at, and the editing that it asks for. */
async function prepare(controller: Controller): Promise<Pick<World, 'releases' | 'secrets'>> {
  const [lines = []] = blocksBelow('README.md', 'A first rollout')
  const verify = commandBelow('docs/packages.md', 'Make one, and verify one', /sha256sum/)
  for (const line of [...lines, verify]) await controller.prepare(line)
  controller.set({ bind_zones: WHOAMI_ZONE })
  const secrets = makeSecrets()
  writeVault(controller, secrets)
  tellReceivers(controller)
  const first = join(controller.folder, 'first')
  renameSync(join(controller.clone, 'dist/release'), first)
  const options = { commit: 'e2e-second', packageOf: first }
  const second = await makeRelease(join(controller.folder, 'second'), options)
  return { releases: [first, second], secrets }
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

/** What an operator ordered there: its reason, or null. */
export async function orderOn(host: Machine): Promise<string | null> {
  const status = JSON.parse(await host.run(['holdfast', 'status', '--json']))
  return status.override?.reason ?? null
}
