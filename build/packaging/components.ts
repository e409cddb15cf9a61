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

/** What "npm sbom" says, as far as it is used here. */
export interface NpmDocument {
  readonly specVersion: string
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { ref: string; dependsOn?: readonly string[] }[]
}

interface Lock {
  readonly packages: Readonly<Record<string, { version: string; integrity: string }>>
}

/** The document that npm writes of the installed tree, less what only development needs. */
export function askNpm(): NpmDocument {
  const command = ['npm', 'sbom', '--sbom-format=cyclonedx', '--omit=dev', '--loglevel=error']
  const npm = Bun.spawnSync(command, { cwd: ROOT, stderr: 'inherit' })
  if (npm.exitCode !== 0) throw new Error('npm sbom failed; run build/setup first')
  return JSON.parse(npm.stdout.toString())
}

/** Keeps what is the same on every computer: no folder, registry, or time. */
export function portable(component: Component): Component {
  const { name, version, type, description, purl, hashes, licenses } = component
  return {
    type,
    'bom-ref': component['bom-ref'],
    name,
    version,
    description,
    ...(hashes === undefined ? {} : { hashes }),
    ...(licenses === undefined ? {} : { licenses }),
    purl,
  }
}

/** The runtimes, with the checksums that the executables were built from. */
export function runtimes(packages: readonly string[]): Component[] {
  const lock: Lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  return packages.map((name) => {
    const entry = lock.packages[`node_modules/@oven/${name}`]
    if (entry === undefined) throw new Error(`package-lock.json does not name @oven/${name}`)
    const [, sum] = entry.integrity.split('sha512-', 2)
    if (sum === undefined) throw new Error(`no SHA-512 of @oven/${name}`)
    return {
      type: 'platform',
      'bom-ref': `@oven/${name}@${entry.version}`,
      name: `@oven/${name}`,
      version: entry.version,
      description:
        'The JavaScript runtime that the executable is made with, with JavaScriptCore in it.',
      hashes: [{ alg: 'SHA-512', content: Buffer.from(sum, 'base64').toString('hex') }],
      licenses: [{ license: { id: 'MIT' } }],
      purl: `pkg:npm/%40oven/${name}@${entry.version}`,
    }
  })
}

/** The text of a library's license, as it came with it. */
export function licenseOf(component: Component): string {
  const folder = join(ROOT, 'node_modules', component.name)
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name))
  if (file === undefined) throw new Error(`${component.name} comes without the text of its license`)
  return readFileSync(join(folder, file), 'utf8')
}
