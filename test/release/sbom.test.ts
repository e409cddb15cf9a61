// The bill of materials: everything that is in the executables, and nothing about who made it where.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { ROOT, released } from './made.ts'

interface LogEvent {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly hashes?: readonly { alg: string; content: string }[]
}

interface LockEntry {
  readonly version: string
  readonly integrity: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const text = readFileSync(released('.cdx.json'), 'utf8')
const bill: {
  readonly metadata: { readonly component: LogEvent }
  readonly components: readonly LogEvent[]
  readonly dependencies: readonly { ref: string; dependsOn: readonly string[] }[]
} = JSON.parse(text)
const lock: {
  readonly packages: Record<string, LockEntry>
} = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))

test('names every library that the lock file has in the executables, and both runtimes', () => {
  const names = new Set(['@oven/bun-linux-x64', '@oven/bun-linux-aarch64'])
  include(packageJson.dependencies, names)
  const wanted = [...names].map((name) => {
    const { version, integrity } = entryOf(name)
    const sum = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
    return [name, version, sum].join(' ')
  })
  const named = bill.components.map((component) =>
    [component.name, component.version, component.hashes?.[0]?.content].join(' '),
  )
  expect(named.sort()).toEqual(wanted.sort())
})

test('says what needs what, from the program down', () => {
  const refs = [bill.metadata.component, ...bill.components].map(
    (component) => component['bom-ref'],
  )
  expect(new Set(refs).size).toBe(refs.length)
  expect(bill.dependencies.map((dependency) => dependency.ref).sort()).toEqual(refs.toSorted())
  const needed = new Set(bill.dependencies.flatMap((dependency) => dependency.dependsOn))
  expect([...needed].sort()).toEqual(
    refs.filter((ref) => ref !== `holdfast@${packageJson.version}`).sort(),
  )
})

test('tells nothing of the computer, the hour or the registry', () => {
  for (const word of ['timestamp', 'serialNumber', 'externalReferences', 'resolved', ROOT])
    expect(text).not.toContain(word)
  expect(text.match(/https?:\/\/[^/"]+/g)).toEqual(['http://cyclonedx.org'])
})

function entryOf(name: string): LockEntry {
  const entry = lock.packages[`node_modules/${name}`]
  if (entry === undefined) throw new Error(`package-lock.json does not name ${name}`)
  return entry
}

/** Adds these packages, and whatever they need, to the names. */
function include(dependencies: Readonly<Record<string, string>>, names: Set<string>): void {
  for (const name of Object.keys(dependencies)) {
    if (names.has(name)) continue
    names.add(name)
    include(entryOf(name).dependencies ?? {}, names)
  }
}
