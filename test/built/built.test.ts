// The built executable: that it runs, that it is the same each time, and what it does not read.
import { beforeAll, describe, expect, test } from 'bun:test'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { fetchInside } from '../runtime/fetch.ts'
import { createHost, whyNoHost } from '../runtime/host.ts'
import { configText, createPlace } from '../runtime/subject.ts'
import { makeRunDir, staleDocument, statusDocument } from '../support/status.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

const BUILD = join(import.meta.dir, '../../build/build')
const ARCH = process.arch
const NAME = ARCH === 'x64' ? 'holdfast' : `holdfast-linux-${ARCH}`
const COMMIT = '0123456789ab'
const BUILD_TIMEOUT_MS = 240_000

const folder = folderForAllTests()
let executable: string

beforeAll(() => {
  for (const name of ['first', 'second'])
    execFileSync(BUILD, ['--out', join(folder, name)], {
      stdio: 'pipe',
      env: { ...process.env, HOLDFAST_COMMIT: COMMIT },
    })
  executable = join(folder, 'first', NAME)
}, BUILD_TIMEOUT_MS)

function run(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(executable, argv, { cwd: folder, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('the build', () => {
  test('has the same bytes each time, for both architectures', () => {
    const sums = (name: string) => readFileSync(join(folder, name, 'SHA256SUMS'), 'utf8')
    expect(sums('first')).toBe(sums('second'))
    expect(sums('first')).toMatch(
      /^[0-9a-f]{64} {2}holdfast\n[0-9a-f]{64} {2}holdfast-linux-arm64\n$/,
    )
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(folder, 'second') })
  })

  test('makes executables of the machines they are named after', () => {
    // The ELF header's e_machine: 62 is x86-64, 183 is AArch64.
    const machine = (name: string) => readFileSync(join(folder, 'first', name)).readUInt16LE(18)
    expect(machine('holdfast')).toBe(62)
    expect(machine('holdfast-linux-arm64')).toBe(183)
  })
})

/** Emulates the other machine, with Debian's libraries for it (packages qemu-user, libstdc++6-arm64-cross). */
const EMULATOR = 'qemu-aarch64'
const SYSROOT = '/usr/aarch64-linux-gnu'

describe('the executable for the other machine', () => {
  const canRun = ARCH === 'x64' && Bun.which(EMULATOR) !== null && existsSync(`${SYSROOT}/lib`)

  test.skipIf(!canRun)(
    'runs under emulation',
    () => {
      using fresh = makeRunDir(statusDocument())
      const other = join(folder, 'first/holdfast-linux-arm64')
      const emulate = (...argv: string[]) =>
        spawnSync(EMULATOR, ['-L', SYSROOT, other, ...argv], { encoding: 'utf8' })
      expect(emulate('--version').stdout).toContain('linux-arm64)')
      const said = emulate('check', '--run-dir', fresh.path)
      expect(said.status).toBe(0)
      expect(said.stdout).toBe('serving: 2 of 2 endpoints ok\n')
    },
    BUILD_TIMEOUT_MS,
  )
})

describe('the executable', () => {
  test('says version, commit and platform', () => {
    const out = `holdfast ${packageJson.version} (${COMMIT}, linux-${ARCH})\n`
    expect(run('--version')).toEqual({ code: 0, out, err: '' })
  })

  test('answers check by the status', () => {
    using fresh = makeRunDir(statusDocument())
    using stale = makeRunDir(staleDocument())
    using none = makeRunDir()
    const check = (runDir: { path: string }, ...argv: string[]) =>
      run('check', '--run-dir', runDir.path, ...argv)
    expect(check(fresh)).toEqual({ code: 0, out: 'serving: 2 of 2 endpoints ok\n', err: '' })
    expect(check(stale).code).toBe(1)
    expect(check(none).code).toBe(1)
    expect(check(fresh, 'recdns0', '2').code).toBe(0)
    expect(check(fresh, 'recdns0', '1').code).toBe(1)
    expect(check(fresh, '--nagios').out).toStartWith('HOLDFAST OK - ')
    expect(check(none, '--nagios').code).toBe(3)
    expect(check(fresh, '--jsno').code).toBe(2)
    expect(check(fresh, '--help').out).toContain('usage: holdfast check')
  })

  test('loads the other commands as well', () => {
    const bad = join(folder, 'bad.toml')
    writeFileSync(bad, 'nonsense = 1\n')
    const checked = run('config', 'check', bad)
    expect(checked.code).toBe(2)
    expect(checked.err).toContain('bad.toml:1:1: error[E_')
    expect(run('--help').out).toContain('usage: holdfast COMMAND')
    expect(run('status', '--run-dir', folder).code).toBe(1)
    expect(run('daemon', '--config', bad).code).toBe(2)
    expect(run('order', '--config', bad).code).toBe(1)
  })

  test('notes a transition by its fast path', () => {
    const stateDir = join(folder, 'state')
    const noted = run('notify', '--state-dir', stateDir, 'INSTANCE', 'recdns0', 'MASTER', '250')
    expect(noted).toEqual({ code: 0, out: '', err: '' })
    const [name = ''] = readdirSync(join(stateDir, 'spool'))
    const event = JSON.parse(readFileSync(join(stateDir, 'spool', name), 'utf8'))
    expect(event).toMatchObject({ name: 'recdns0', state: 'MASTER', priority: 250 })
  })

  test.skipIf(whyNoHost !== null)(
    'serves the page, whose parts are in it',
    async () => {
      await using host = await createHost()
      const place = createPlace(host)
      place.writeConfig(configText(place, '[metrics]\nlisten = "127.0.0.1:10853"\n'))
      const daemon = host.start([executable, 'daemon', '--config', place.config])
      await daemon.lines.until(/metrics and page: http:/)
      const page = fetchInside(host, 'http://127.0.0.1:10853/')
      for (const part of ['<!doctype html>', 'function drawEndpoints', '--paper:'])
        expect(page).toContain(part)
      daemon.signal('SIGTERM')
      expect(await daemon.exited).toBe(0)
    },
    BUILD_TIMEOUT_MS,
  )

  test('keeps its exit code when nobody reads what it says', () => {
    using fresh = makeRunDir(statusDocument())
    const script =
      '"$0" check --run-dir "$1" >&-; a=$?; "$0" check --run-dir "$1" >/dev/full; echo $a $?'
    const said = spawnSync('sh', ['-c', script, executable, fresh.path], { encoding: 'utf8' })
    expect(said.stdout).toBe('0 0\n')
  })

  test('reads neither .env nor bunfig.toml where it is started', () => {
    using runDir = makeRunDir()
    const place = mkdtempSync(join(folder, 'place-'))
    writeFileSync(join(place, '.env'), 'FROM_DOTENV=yes\n')
    writeFileSync(join(place, 'bunfig.toml'), 'preload = ["./preload.ts"]\n')
    writeFileSync(join(place, 'preload.ts'), "console.log('from bunfig')\n")
    const mark = join(runDir.path, 'environment')
    const config = join(place, 'holdfast.toml')
    // The command's environment is the executable's own; the pipe ends when the command has.
    const command = ['/bin/sh', '-c', `echo "[$FROM_DOTENV]" >${mark}.new; mv ${mark}.new ${mark}`]
    writeFileSync(
      config,
      `[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n[daemon]\nstart_command = ${JSON.stringify(command)}\n`,
    )
    const argv = ['check', '--ensure', '--config', config, '--run-dir', runDir.path]
    const said = spawnSync(executable, argv, { cwd: place, encoding: 'utf8' })
    expect(said.stdout).toStartWith('no status: ')
    execFileSync('sh', ['-c', `until [ -f ${mark} ]; do sleep 0.02; done`], { timeout: 10_000 })
    expect(readFileSync(mark, 'utf8')).toBe('[]\n')
  })
})

describe('build/build refuses', () => {
  /** A project of nothing but the build script, a lock file and made-up tools. */
  function project(name: string, tools: Readonly<Record<string, string>>): string {
    const root = join(folder, name)
    const tool = { x64: 'bun-linux-x64', arm64: 'bun-linux-aarch64' }[ARCH as 'x64' | 'arm64']
    const bin = join(root, 'node_modules/@oven', tool, 'bin')
    mkdirSync(bin, { recursive: true })
    mkdirSync(join(root, 'bin'))
    execFileSync('cp', ['-r', join(BUILD, '..'), join(BUILD, '../../package-lock.json'), root])
    for (const [path, text] of Object.entries(tools)) {
      const file = path === 'bun' ? join(bin, 'bun') : join(root, 'bin', path)
      writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    return root
  }

  function build(root: string, ...argv: string[]) {
    const env = { ...process.env, PATH: `${root}/bin:${process.env.PATH}` }
    return spawnSync(join(root, 'build/build'), argv, { env, encoding: 'utf8' })
  }

  test('an executable without bytecode, although the bundler exits 0', () => {
    const root = project('no-bytecode', { bun: 'echo "error: Failed to generate bytecode for x"' })
    const said = build(root, '--arch', ARCH)
    expect(said.status).toBe(1)
    expect(said.stderr).toContain('the bundler could not generate bytecode')
  })

  test('a runtime that is not the one of the lock file', () => {
    const other = ARCH === 'x64' ? 'arm64' : 'x64'
    const root = project('forged', {
      bun: `exec ${process.execPath} "$@"`,
      npm: 'echo forged >forged.tgz',
    })
    const said = build(root, '--arch', other)
    expect(said.status).toBe(1)
    expect(said.stderr).toContain('does not have the integrity that the lock file records')
  })

  test('what it does not know', () => {
    expect(spawnSync(BUILD, ['--arch', 'mips']).status).toBe(1)
    expect(spawnSync(BUILD, ['--ot', 'x']).status).toBe(2)
  })
})
