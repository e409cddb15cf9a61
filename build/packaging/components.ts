// What an executable contains beside our own source: libraries from npm, and the runtime.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dir, '../..')

/** A component as CycloneDX 1.5 describes it, less what differs between computers. */
export interface Component {
  readonly 'bom-ref': string
  readonly type: string
  readonly name: string
  readonly version: string
  readonly description: string
  readonly purl: string
  readonly hashes?: readonly { alg: string; content: string }[]
  readonly licenses?: readonly { license?: { id?: string; name?: string }; expression?: string }[]
}

/** The manifest of a package, as far as it is used here. */
interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly license: string
}

interface Locked {
  readonly version: string
  readonly integrity: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const LOCK: { readonly packages: Readonly<Record<string, Locked>> } = readJson('package-lock.json')

/** A library in the executable, and the names of those that it needs. */
export interface Library {
  readonly component: Component
  readonly needs: readonly string[]
}

/**
 * What package.json depends on, and what that needs, in the order of their names. (The npm of Debian 12
 * has no "npm sbom" yet.) Throws when the lock file does not name one, or it is not installed.
 */
export function libraries(dependencies: Readonly<Record<string, string>>): Library[] {
  const found = new Map<string, Library>()
  const waiting = Object.keys(dependencies)
  for (const name of waiting) {
    if (found.has(name)) continue
    const locked = lockedAt(name)
    const needs = Object.keys(locked.dependencies ?? {})
    const manifest: Manifest = readJson(`node_modules/${name}/package.json`)
    found.set(name, { component: componentOf(manifest, [sumOf(locked, name)]), needs })
    waiting.push(...needs)
  }
  return [...found.values()].sort((a, b) => (a.component.name < b.component.name ? -1 : 1))
}

/** A package as a component, with its checksums. */
export function componentOf(manifest: Manifest, hashes: Component['hashes'] = []): Component {
  const { name, version, description = '', license } = manifest
  return {
    type: 'library',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    description,
    ...(hashes.length === 0 ? {} : { hashes }),
    licenses: [/[ (]/.test(license) ? { expression: license } : { license: { id: license } }],
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  }
}

function readJson(path: string) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}

function lockedAt(name: string): Locked {
  const locked = LOCK.packages[`node_modules/${name}`]
  if (locked === undefined) throw new Error(`package-lock.json does not name ${name}`)
  return locked
}

function sumOf(locked: Locked, name: string): { alg: string; content: string } {
  const [, sum] = locked.integrity.split('sha512-', 2)
  if (sum === undefined) throw new Error(`no SHA-512 of ${name}`)
  return { alg: 'SHA-512', content: Buffer.from(sum, 'base64').toString('hex') }
}

/** The runtimes, with the checksums that the executables were built from. */
export function runtimes(packages: readonly string[]): Component[] {
  return packages.map((unscoped) => {
    const name = `@oven/${unscoped}`
    const locked = lockedAt(name)
    const description =
      'The JavaScript runtime that the executable is made with, with JavaScriptCore in it.'
    const manifest = { name, version: locked.version, description, license: 'MIT' }
    return { ...componentOf(manifest, [sumOf(locked, name)]), type: 'platform' }
  })
}

/** The text of a library's license, as it came with it. */
export function licenseOf(component: Component): string {
  const folder = join(ROOT, 'node_modules', component.name)
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name))
  if (file === undefined) throw new Error(`${component.name} comes without the text of its license`)
  return readFileSync(join(folder, file), 'utf8')
}
