// Writes sound-host.json: what a sound server of the lab answers to every check. Needs root.
//
//   HOLDFAST_LAB_KIND=source bun test/doctor/any-host/record.ts
//
// To be run again when checks ask for much that they did not ask for before.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLab } from '../../lab/lab.ts'
import { REPOSITORY } from '../../lab/namespace.ts'

const FOLDER = import.meta.dir

/** Where this repository is, and what is in the environment here, is nobody's business. */
function asOnAnyHost(question: string, answer: unknown): unknown {
  if (/^text \/(proc\/\d+|etc)\/environ/.test(question))
    return { ok: true, value: 'PATH=/usr/sbin:/usr/bin\0LANG=C\0' }
  if (typeof answer !== 'string') return answer
  return answer.replaceAll(process.execPath, '/usr/bin/bun').replaceAll(REPOSITORY, '/srv/holdfast')
}

const lab = await createLab({ servers: ['s1', 's2'], onLoopback: true })
try {
  await lab.start()
  const program = join(FOLDER, 'record-program.ts')
  const text = await lab.server('s1').node.run([process.execPath, program])
  const recording = JSON.stringify(JSON.parse(text), asOnAnyHost, 1)
  writeFileSync(join(FOLDER, 'sound-host.json'), `${recording}\n`)
} finally {
  await lab.destroy()
}
