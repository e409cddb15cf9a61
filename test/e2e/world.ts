// What all parts of the rollout's test share: hosts, a controller, releases, and how plays are judged.
import { expect } from 'bun:test'
import { join } from 'node:path'
import type { Machine } from '../machines/machine.ts'
import type { Machines } from '../machines/machines.ts'
import { type Controller, createController, type Play } from './controller.ts'
import { createHosts, installMail, NEWCOMER, SERVERS } from './hosts.ts'
import { makeRelease } from './release.ts'
import { FORWARD, REVERSE, untilServes, WHOAMI_ZONE, writeWhoami } from './service.ts'

export interface World {
  readonly hosts: Machines
  readonly controller: Controller
  /** Folders of two builds that know themselves apart. */
  readonly releases: readonly [string, string]
  /** Has plays install from this folder; the first release until somebody says so. */
  install(release: string): void
  /** The four of inventory/example, in its order. */
  readonly servers: readonly [Machine, Machine, Machine, Machine]
  readonly newcomer: Machine
  play(playbook: string, ...args: readonly string[]): Promise<Play>
  destroy(): Promise<void>
}

export async function createWorld(): Promise<World> {
  const controller = createController()
  const first = makeRelease(join(controller.folder, 'first'), 'e2e-first')
  const hosts = await createHosts(controller.publicKey)
  await Promise.all(hosts.all.map(installMail))
  for (const host of hosts.all) writeWhoami(host)
  const releases = [
    await first,
    await makeRelease(join(controller.folder, 'second'), 'e2e-second'),
  ] as const
  const [cnh, rnb, sby, wcdc] = SERVERS.map((name) => hosts.machine(name))
  if (!cnh || !rnb || !sby || !wcdc) throw new Error('four servers were expected')
  const install = (release: string) =>
    controller.set({ bind_zones: WHOAMI_ZONE, holdfast_dist: release })
  install(releases[0])
  return {
    ...{ hosts, controller, releases, install, servers: [cnh, rnb, sby, wcdc] },
    newcomer: hosts.machine(NEWCOMER),
    play: (playbook, ...args) => controller.play(hosts.fleet, playbook, args),
    async destroy() {
      await hosts.destroy()
      controller.remove()
    },
  }
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
