// Parts of the rollout's test that begin and end with four sound servers, each file on machines of its own.
import { afterAll, beforeAll, describe, setDefaultTimeout } from 'bun:test'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { whyNoRollout } from './environment.ts'
import { blocksBelow } from './typed.ts'
import {
  changes,
  createWorld,
  saveWorld,
  untilInOrder,
  type World,
  type WorldOptions,
} from './world.ts'

/** Where the first rollout leaves its fleet for the other parts, if anywhere. */
const DISKS = process.env.HOLDFAST_E2E_DISKS
const SOUND = DISKS === undefined ? null : join(DISKS, 'sound')
/** Words in the environment choose parts, all of them when there is none; see build/e2e. */
const WANTED = (process.env.HOLDFAST_E2E_PARTS ?? '').split(' ').filter((word) => word !== '')

/** What the page on Ansible has a reader type, once there is an inventory: a look, the rollout, the doctor. */
export const [, COMMANDS = []] = blocksBelow('docs/ansible.md', 'The first rollout')

/** What the first rollout has left, or null. */
export const savedWorld = (): string | null => (SOUND !== null && existsSync(SOUND) ? SOUND : null)

export type Part = (world: () => World) => void

/** Describes parts, in order, on a fleet that the first rollout has saved; without one, it is made here. */
export function onSoundServers(
  parts: Readonly<Record<string, Part>>,
  options: Pick<WorldOptions, 'names'> = {},
): void {
  setDefaultTimeout(900_000)
  const chosen = Object.entries(parts).filter(
    ([name]) => WANTED.length === 0 || WANTED.includes(name),
  )
  describe.skipIf(chosen.length === 0 || whyNoRollout() !== null)('rollout', () => {
    let world: World
    beforeAll(async () => {
      const from = savedWorld()
      world = await createWorld({ ...options, from })
      if (from === null) changes(await world.controller.type(world.hosts.fleet, COMMANDS[1] ?? ''))
      await untilInOrder(world)
    })
    afterAll(() => world?.destroy())
    for (const [name, part] of chosen) describe(name, () => part(() => world))
  })
}

/** Saves the fleet for the other parts, if there is a place; the hosts are off then. */
export async function leaveForOthers(world: World): Promise<void> {
  if (SOUND === null || existsSync(SOUND)) return
  const unfinished = `${SOUND}-${process.pid}`
  try {
    await saveWorld(world, unfinished)
    renameSync(unfinished, SOUND)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}
