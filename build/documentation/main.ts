// Writes the generated pages, or says which of them are not what would be written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { ansiblePage, ROLES, roleReadme } from './ansible-page.ts'
import { commandsPage } from './commands-page.ts'
import { doctorPage } from './doctor-page.ts'

const ROOT = resolve(import.meta.dir, '../..')
const PAGES: Readonly<Record<string, () => string>> = {
  'docs/reference/doctor.md': doctorPage,
  'docs/reference/ansible.md': ansiblePage,
  'docs/reference/commands.md': commandsPage,
  ...Object.fromEntries(ROLES.map((role) => [`roles/${role}/README.md`, () => roleReadme(role)])),
}

const [option, ...rest] = process.argv.slice(2)
if (rest.length > 0 || (option !== undefined && option !== '--check')) {
  console.error(`build/docs: unknown argument ${rest[0] ?? option}; try build/docs --help`)
  process.exit(2)
}

let stale = 0
for (const [name, text] of Object.entries(PAGES)) {
  const path = join(ROOT, name)
  const wanted = text()
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue
  stale += 1
  if (option === '--check') console.error(`build/docs: ${relative(ROOT, path)} is out of date`)
  else writeFileSync(path, wanted)
}
process.exit(option === '--check' && stale > 0 ? 1 : 0)
