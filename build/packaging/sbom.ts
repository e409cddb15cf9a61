// Writes the bill of materials of a release (CycloneDX, JSON), the same for the same source.
import { writeFileSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { componentOf, libraries, runtimes } from './components.ts'

const [path, ...packages] = process.argv.slice(2)
if (path === undefined || packages.length === 0) {
  console.error('usage: sbom.ts FILE RUNTIME-PACKAGE...')
  process.exit(2)
}

const bun = runtimes(packages)
const own = libraries(packageJson.dependencies)
const self = { ...componentOf(packageJson), type: 'application' }
const components = [...own.map((library) => library.component), ...bun]
const refOf = new Map(components.map((component) => [component.name, component['bom-ref']]))
const refs = (names: readonly string[]) => names.map((name) => refOf.get(name)).sort()
const ofSelf = [...Object.keys(packageJson.dependencies), ...bun.map((component) => component.name)]
const dependencies = [
  { ref: self['bom-ref'], dependsOn: refs(ofSelf) },
  ...own.map(({ component, needs }) => ({ ref: component['bom-ref'], dependsOn: refs(needs) })),
  ...bun.map((component) => ({ ref: component['bom-ref'], dependsOn: [] })),
]

const document = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: self },
  components,
  dependencies: dependencies.sort((a, b) => (a.ref < b.ref ? -1 : 1)),
}
writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`)
