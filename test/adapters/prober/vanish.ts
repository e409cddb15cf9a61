// Runs the program that takes addresses away, on a runtime and in a namespace of its own.
import { join } from 'node:path'
import { type Outcomes, outcomesOf } from './outcomes.ts'

const PROGRAM = join(import.meta.dir, 'vanish-program.ts')

/** What the prober said, by target and moment. Needs root. */
export function runVanishProgram(runtime: readonly string[]): Promise<Outcomes> {
  return outcomesOf('unshare', ['--net', ...runtime, PROGRAM])
}

/** What it must say of a target. */
export function vanishing(target: string): Readonly<Record<string, string>> {
  return {
    [`${target} while it is here`]: 'ok',
    [`${target} as it goes`]: 'vanished',
    [`${target} after it went`]: 'vanished',
  }
}

/** What it must say of all targets when their interface has gone. */
export function withoutInterface(targets: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    targets.map((target) => [`${target} without its interface`, 'vanished']),
  )
}

export const TARGETS = ['udp', 'tcp'].flatMap((transport) =>
  ['192.0.2.1', '2001:db8::1', 'fe80::99%v0'].map((address) => `${transport}/${address}`),
)
