// Which program the doctor takes for the one that keepalived runs, where the configuration does not say.
import { expect, test } from 'bun:test'
import {
  PROGRAM_EXECUTABLE,
  PROGRAM_SAME,
  PROGRAM_TRUSTED,
} from '../../../src/doctor/holdfast/executable.ts'
import type { FileFacts, Read } from '../../../src/ports.ts'
import { emptyHost } from '../host.ts'

const CONFIG = '[clusters.recdns.instances.recdns0]\naddresses = ["192.0.2.53/24"]\n'
const BY_HAND = `vrrp_script holdfast {
  script "/usr/bin/sh -c 'said=$(/usr/bin/holdfast check) && test -n \\"$said\\"'"
}
vrrp_instance recdns0 {
  interface eth0
  track_script {
    holdfast
  }
}
`
const MISSING = { ok: false, why: 'missing', error: 'there is no such thing' } as const

/** A host with these files, and with these programs. */
function hostWith(files: Readonly<Record<string, string>>, programs: readonly string[] = []) {
  const found = <T>(is: boolean, value: T): Read<T> => (is ? { ok: true, value } : MISSING)
  const isHere = (path: string) =>
    programs.some((program) => program === path || program.startsWith(`${path}/`))
  return emptyHost({
    text: (path) => found(path in files, files[path] ?? ''),
    real: (path) => found(isHere(path), path),
    stat: (path): Read<FileFacts> => {
      const kind = programs.includes(path) ? 'file' : 'folder'
      const facts = { kind, mode: 0o755, uid: 0, gid: 0, sizeBytes: 1, modifiedMs: 0 } as const
      return found(isHere(path), facts)
    },
  })
}

const CONF = { '/etc/keepalived/keepalived.conf': BY_HAND }
const TOML = { '/etc/holdfast/holdfast.toml': CONFIG }

test('where nothing tells, nothing is said against a program that is not at the usual place', async () => {
  for (const check of [PROGRAM_TRUSTED, PROGRAM_EXECUTABLE, PROGRAM_SAME])
    expect(await check.run(hostWith(TOML))).toMatchObject({ kind: 'skip' })
})

test('a program at the usual place is looked at', async () => {
  const usual = '/usr/local/bin/holdfast'
  expect(await PROGRAM_EXECUTABLE.run(hostWith(TOML, [usual]))).toMatchObject({ kind: 'ok' })
})

test.each([
  ['a configuration that leaves keepalived.conf to others', { ...TOML, ...CONF }],
  ['no configuration', CONF],
])('with %s, it is the one that keepalived.conf runs', async (_, files) => {
  const packaged = '/usr/bin/holdfast'
  expect(await PROGRAM_EXECUTABLE.run(hostWith(files, [packaged]))).toMatchObject({ kind: 'ok' })
  expect(await PROGRAM_TRUSTED.run(hostWith(files, [packaged]))).toEqual({
    kind: 'ok',
    seen: packaged,
  })
  expect(await PROGRAM_EXECUTABLE.run(hostWith(files))).toMatchObject({
    ...{ kind: 'trouble', what: `${packaged} does not exist` },
  })
})
