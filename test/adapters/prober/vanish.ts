// Runs the program that takes addresses away, on a runtime and in a namespace of its own.
import { join } from 'node:path'
import { type Outcomes, outcomesOf } from './outcomes.ts'

const PROGRAM = join(import.meta.dir, 'vanish-program.ts')

/** What the prober said, by endpoint and moment. Needs root. */
export function runVanishProgram(runtime: readonly string[]): Promise<Outcomes> {
  return outcomesOf('unshare', ['--net', ...runtime, PROGRAM])
}

/** What it must say of an endpoint. */
export function vanishing(endpoint: string): Readonly<Record<string, string>> {
  return {
    [`${endpoint} while it is here`]: 'ok',
    [`${endpoint} as it goes`]: 'address-gone',
    [`${endpoint} after it went`]: 'address-gone',
  }
}

/** What it must say of all endpoints when their interface has gone. */
export function withoutInterface(endpoints: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    endpoints.map((endpoint) => [`${endpoint} without its interface`, 'address-gone']),
  )
}

export const ENDPOINTS = ['udp', 'tcp'].flatMap((transport) =>
  ['192.0.2.1', '2001:db8::1', 'fe80::99%v0'].map((address) => `${transport}/${address}`),
)
