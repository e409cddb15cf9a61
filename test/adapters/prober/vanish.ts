// Runs the program that takes addresses away, on a runtime and in a namespace of its own.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dir, 'vanish-program.ts')

/** What the prober said, by target and moment. Needs root. */
export function runVanishProgram(
  runtime: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const child = spawn('unshare', ['--net', ...runtime, PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output))
      else reject(new Error(`the program ended with ${code}`))
    })
  })
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
