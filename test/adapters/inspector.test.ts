// Looking at a host: what is missing, denied or endless is a value, and programs are kept in bounds.
import { beforeAll, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createClock } from '../../src/adapters/clock.ts'
import { createInspector } from '../../src/adapters/inspector.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

const clock = createClock()
const inspect = createInspector({
  ...{ clock, env: { PATH: '' } },
  prober: { ask: async () => ({ outcome: 'ok', latencyMs: 1 }) },
  dump: async () => ({ ok: false, why: 'missing', error: 'keepalived is not running' }),
})

const folder = folderForAllTests()
beforeAll(() => {
  writeFileSync(join(folder, 'text'), 'a line\n')
  mkdirSync(join(folder, 'folder'))
  symlinkSync('text', join(folder, 'link'))
})

describe('files', () => {
  test('are read within their bound', () => {
    expect(inspect.text(join(folder, 'text'))).toEqual({ ok: true, value: 'a line\n' })
    expect(inspect.text(join(folder, 'text'), 3)).toMatchObject({ ok: false, why: 'other' })
    expect(inspect.text('/proc/self/comm').ok).toBe(true)
  })

  test('are told from folders and links', () => {
    const kindOf = (name: string) => {
      const stat = inspect.stat(join(folder, name))
      return stat.ok ? stat.value.kind : stat.why
    }
    expect(kindOf('text')).toBe('file')
    expect(kindOf('folder')).toBe('folder')
    expect(kindOf('link')).toBe('link')
    expect(kindOf('none')).toBe('missing')
    expect(inspect.link(join(folder, 'link'))).toEqual({ ok: true, value: 'text' })
    expect(inspect.real(join(folder, 'link'))).toMatchObject({ ok: true })
    expect(inspect.list(folder)).toEqual({ ok: true, value: ['folder', 'link', 'text'] })
    expect(inspect.space(folder)).toMatchObject({ ok: true })
  })

  test.each(['/none/at/all', '', 'a\0b', '/proc/self/mem', '/dev/zero', '/'])(
    'that cannot be read are a value: %j',
    (path) => {
      expect(inspect.text(path)).toMatchObject({ ok: false })
      for (const look of [inspect.stat, inspect.list, inspect.link, inspect.real, inspect.space])
        expect(typeof look(path).ok).toBe('boolean')
    },
  )
})

describe('programs', () => {
  const run = async (script: string, limitMs?: number) =>
    inspect.run('sh', ['-c', script], limitMs === undefined ? {} : { limitMs })

  test('are found without any PATH, and speak the C locale', async () => {
    const ran = await run('echo "$LC_ALL $PATH"; echo bad >&2; exit 3')
    expect(ran).toMatchObject({ ok: true, value: { code: 3, stderr: 'bad\n' } })
    expect(ran.ok && ran.value.stdout).toMatch(/^C .*\/usr\/sbin/)
  })

  test('read what they are given', async () => {
    const ran = await inspect.run('cat', [], { input: 'words' })
    expect(ran).toMatchObject({ ok: true, value: { code: 0, stdout: 'words' } })
    const deaf = await inspect.run('true', [], { input: 'x'.repeat(1_000_000) })
    expect(deaf).toMatchObject({ ok: true, value: { code: 0 } })
  })

  test('that are not there, or may not be run, are a value', async () => {
    const plain = join(folder, 'plain')
    writeFileSync(plain, '#!/bin/sh\n')
    chmodSync(plain, 0o644)
    expect(await inspect.run('no-such-program', [])).toMatchObject({ why: 'missing' })
    expect(await inspect.run(join(folder, 'none'), [])).toMatchObject({ why: 'missing' })
    expect(await inspect.run(plain, [])).toMatchObject({ why: 'denied' })
    expect(await inspect.run(folder, [])).toMatchObject({ why: 'missing' })
  })

  test('are ended when they take too long, whoever else holds their streams', async () => {
    const ran = await run('sleep 2 & sleep 2', 200)
    expect(ran).toEqual({ ok: false, why: 'other', error: 'sh took longer than 0.2 s' })
  })

  test('are ended when they say too much', async () => {
    expect(await inspect.run('yes', [])).toMatchObject({ ok: false, why: 'other' })
  })

  test('that a signal ends have the code that a shell gives them', async () => {
    expect(await run('kill -TERM $$')).toMatchObject({ ok: true, value: { code: 143 } })
  })
})

test('what a process has open is read where its name has gone', () => {
  const path = join(folder, 'soon-gone')
  writeFileSync(path, 'still here')
  const descriptor = openSync(path, 'r')
  unlinkSync(path)
  expect(inspect.text(`/proc/self/fd/${descriptor}`)).toEqual({ ok: true, value: 'still here' })
  closeSync(descriptor)
})
