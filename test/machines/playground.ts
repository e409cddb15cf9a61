// Two bare hosts as docs/tutorial.md begins with them: Debian, a network, and the package in root's home.
import { copyFileSync } from 'node:fs'
import { basename } from 'node:path'
import { NATIVE, released } from '../release/made.ts'
import { createMachines, type Machines } from './machines.ts'

export const PLAYGROUND = ['ns1', 'ns2'] as const

/** Boots them. The reader types in /root. */
export async function createPlayground(): Promise<Machines> {
  const file = released(`_${NATIVE}.deb`)
  const machines = await createMachines({ names: PLAYGROUND, layer: 'base' })
  for (const machine of machines.all) copyFileSync(file, machine.disk(`/root/${basename(file)}`))
  return machines
}
