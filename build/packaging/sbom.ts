// Writes the bill of materials of a release (CycloneDX, JSON), the same for the same source.
import { writeFileSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { askNpm, portable, runtimes } from './components.ts'

const [path, ...packages] = process.argv.slice(2)
if (path === undefined || packages.length === 0) {
  console.error('usage: sbom.ts FILE RUNTIME-PACKAGE...')
  process.exit(2)
}

const npm = askNpm()
const bun = runtimes(packages)
// npm takes the name from the folder that the source happens to lie in.
const self = { ...portable(npm.metadata.component), type: 'application', name: packageJson.name }
const selfRef = self['bom-ref']
const byRef = (a: { ref: string }, b: { ref: string }) => (a.ref < b.ref ? -1 : 1)
const dependencies = npm.dependencies.map(({ ref, dependsOn = [] }) => {
  const all = ref === selfRef ? [...dependsOn, ...bun.map((it) => it['bom-ref'])] : dependsOn
  return { ref, dependsOn: [...all].sort() }
})

const document = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: npm.specVersion,
  version: 1,
  metadata: { component: self },
  components: [...npm.components.map(portable), ...bun],
  dependencies: [...dependencies, ...bun.map((it) => ({ ref: it['bom-ref'], dependsOn: [] }))].sort(
    byRef,
  ),
}
writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`)
