// `holdfast config check`: what it prints where, and its exit codes.

import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holdfast } from '../../support/recorder.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

const GOOD = `[server]
name = "dns1"

[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53"]

[clusters.recdns.instances.recdns1]
addresses = ["192.0.2.54"]
reverse_order = true
`

const BAD = '[server]\nnme = "dns1"\n\n[cluster]\n'

function configFile(text: string): TemporaryFolder {
  const folder = temporaryFolder()
  const path = join(folder.path, 'holdfast.toml')
  writeFileSync(path, text)
  return { ...folder, path }
}

describe('config check', () => {
  test('a good file is summed up on stdout in one line', async () => {
    using file = configFile(GOOD)
    const said = await holdfast('config', 'check', file.path)
    expect(said.err).toBe('')
    expect(said.code).toBe(0)
    expect(said.out).toStartWith(
      `${file.path} is valid: server dns1, 1 cluster (recdns: recdns0, recdns1), `,
    )
    expect(said.out).not.toContain('\n')
  })

  test('a bad file has all its errors on stderr, with their places', async () => {
    using file = configFile(BAD)
    const said = await holdfast('config', 'check', file.path)
    expect(said.code).toBe(2)
    expect(said.out).toBe('')
    expect(said.err).toContain(`${file.path}:2:1: error[E_UNKNOWN_KEY]: `)
    expect(said.err).toContain(`${file.path}:4:2: error[E_UNKNOWN_KEY]: `)
    expect(said.err).not.toContain('\u001b')
  })

  test('--check-config is the same', async () => {
    using file = configFile(BAD)
    const said = await holdfast('--check-config', file.path)
    expect(said).toEqual(await holdfast('config', 'check', file.path))
    expect((await holdfast('--check-config')).code).not.toBe(0)
  })

  test('--json holds the findings, good or bad', async () => {
    using good = configFile(GOOD)
    using bad = configFile(BAD)
    const well = await holdfast('config', 'check', good.path, '--json')
    expect(well.code).toBe(0)
    expect(JSON.parse(well.out)).toMatchObject({ valid: true, error: null, diagnostics: [] })
    const ill = await holdfast('config', 'check', bad.path, '--json')
    expect(ill.code).toBe(2)
    expect(ill.err).toBe('')
    const { diagnostics } = JSON.parse(ill.out) as { diagnostics: { line: number }[] }
    expect(diagnostics.map((diagnostic) => diagnostic.line)).toContain(2)
  })

  test.each([['/nowhere/holdfast.toml'], [tmpdir()], ['/dev/zero']])(
    '%s cannot be read: 1, and a sentence',
    async (path) => {
      const said = await holdfast('config', 'check', path)
      expect(said.code).toBe(1)
      expect(said.out).toBe('')
      expect(said.err).toStartWith(`holdfast config check: cannot read ${path}: `)
      const json = await holdfast('config', 'check', path, '--json')
      expect(JSON.parse(json.out)).toMatchObject({ valid: false, error: expect.any(String) })
    },
  )

  test('ten megabytes and binary garbage are errors of the file', async () => {
    for (const text of ['a = 1\n'.repeat(1_700_000), '\u0000\u0007garbage']) {
      using file = configFile(text)
      const said = await holdfast('config', 'check', file.path)
      expect(said.code).toBe(2)
      expect(said.err).toContain(`${file.path}:1:1: error[E_`)
    }
  })
})
