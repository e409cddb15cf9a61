// Puts the lists in an unpacked Ansible collection in order: ansible-galaxy writes them as the disk has them.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: settle.ts FOLDER')
  process.exit(2)
}
const write = (name: string, value: unknown) => {
  const text = `${JSON.stringify(value, null, 1)}\n`
  writeFileSync(join(folder, name), text)
  return createHash('sha256').update(text).digest('hex')
}

const list: { files: { name: string }[]; format: number } = JSON.parse(
  readFileSync(join(folder, 'FILES.json'), 'utf8'),
)
list.files.sort((a, b) => (a.name < b.name ? -1 : 1))
const sum = write('FILES.json', list)
const manifest = JSON.parse(readFileSync(join(folder, 'MANIFEST.json'), 'utf8'))
manifest.file_manifest_file.chksum_sha256 = sum
write('MANIFEST.json', manifest)
