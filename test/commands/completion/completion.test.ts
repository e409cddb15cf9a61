// Completions in the shells themselves: what each of them offers for a line that somebody has typed.
import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { COMMANDS } from '../../../src/commands/command-table.ts'
import { holdfast } from '../../support/recorder.ts'
import { folderForAllTests } from '../../support/temporary-folder.ts'

// A shell starts, and some of them ask holdfast itself.
setDefaultTimeout(60_000)

const MAIN = resolve(import.meta.dir, '../../../src/main.ts')
const HELPERS = import.meta.dir

const folder = folderForAllTests()
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(folder, `script.${shell}`), (await holdfast('completion', shell)).out)
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin/holdfast')
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`)
  chmodSync(program, 0o755)
  mkdirSync(join(folder, 'here/place'), { recursive: true })
  for (const name of ['plan one.toml', 'plum.toml']) writeFileSync(join(folder, 'here', name), '')
})

function inShell(command: readonly string[]): string[] {
  const [program = '', ...args] = command
  const done = spawnSync(program, args, {
    cwd: join(folder, 'here'),
    encoding: 'utf8',
    env: { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder, LANG: 'C.UTF-8', TERM: 'xterm' },
  })
  return done.stdout.split(/\r?\n/)
}

/** What the shell offers for a line, sorted, without what says that it is a folder. */
const SHELLS = {
  bash: (line: string) =>
    inShell([
      'bash',
      '--norc',
      join(HELPERS, 'bash-capture.sh'),
      join(folder, 'script.bash'),
      line,
    ]),
  zsh: (line: string) =>
    inShell(['zsh', '-f', join(HELPERS, 'zsh-capture.zsh'), join(folder, 'script.zsh'), line])
      .filter((text) => text.includes('HIT '))
      .map((text) => text.slice(text.indexOf('HIT ') + 4)),
  fish: (line: string) => {
    const program = 'source $argv[1]; complete -C $argv[2]'
    const command = ['fish', '--no-config', '-c', program, join(folder, 'script.fish'), line]
    return inShell(command).map((text) => text.split('\t')[0] ?? '')
  },
} as const

function offered(shell: keyof typeof SHELLS, line: string): string[] {
  const words = SHELLS[shell](line)
    // Some offer flags beside words, and others once a dash has been typed.
    .filter((text) => text !== '' && (text.startsWith('-') === false || / -\S*$/.test(line)))
    // Shells write a path as it is typed or its end alone, and a flag with its value or without.
    .map((text) =>
      text
        .replace(/^--\w[\w-]*=/, '')
        .replace(/^\.\//, '')
        .replace(/\/$/, ''),
    )
  return [...new Set(words)].sort()
}

const flagsOf = (words: string) =>
  Object.keys(
    COMMANDS.find((command) => command.definition.words.join(' ') === words)?.definition.flags ??
      {},
  )
    .concat('help')
    .map((name) => `--${name}`)
    .sort()

const LINES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['holdfast dr', ['drain']],
  ['holdfast conf', ['config']],
  ['holdfast config ', ['check']],
  ['holdfast help hi', ['history']],
  ['holdfast status --w', ['--watch']],
  ['holdfast status --', flagsOf('status')],
  ['holdfast drain --', flagsOf('drain')],
  ['holdfast status ', []],
  ['holdfast drain --reason ', []],
  ['holdfast render-config b', ['bind', 'bind-exempt', 'bind-listen', 'bind-zone']],
  ['holdfast render-config --output x b', ['bind', 'bind-exempt', 'bind-listen', 'bind-zone']],
  ['holdfast check recdns0 d', ['degraded', 'drained']],
  ['holdfast simulate --vrrp ', ['2', '3']],
  ['holdfast completion ', ['bash', 'fish', 'zsh']],
  ['holdfast doctor --only k', ['keepalived']],
  ['holdfast doctor --only bind --j', ['--json']],
  ['holdfast daemon --config ./plu', ['plum.toml']],
  ['holdfast daemon --config=./plu', ['plum.toml']],
  ['holdfast config check ./plu', ['plum.toml']],
  ['holdfast status --run-dir ./pl', ['place']],
]

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  const missing = Bun.which(shell) === null

  test.skipIf(missing).each(LINES)('%s', (line, words) => {
    expect(offered(shell, line)).toEqual([...words])
  })

  test.skipIf(missing)('every command is offered', () => {
    const names = COMMANDS.map((command) => command.definition.words[0] ?? '')
    expect(offered(shell, 'holdfast ')).toEqual([...new Set([...names, 'help'])].sort())
  })

  test.skipIf(missing)('codes of checks come from the doctor, one or several', () => {
    for (const line of ['holdfast doctor --only H10', 'holdfast doctor --only bind H10'])
      expect(offered(shell, line)).toContain('H101')
  })

  test.skipIf(missing)('a file with a space in its name is one', () => {
    const words = offered(shell, 'holdfast daemon --config ./plan')
    expect(words.map((word) => word.replaceAll('\\', ''))).toEqual(['plan one.toml'])
  })
})

test.skipIf(Bun.which('shellcheck') === null)(
  'ShellCheck finds no fault with the one for bash',
  () => {
    const done = spawnSync('shellcheck', ['--shell=bash', join(folder, 'script.bash')], {
      encoding: 'utf8',
    })
    expect([done.status, done.stdout]).toEqual([0, ''])
  },
)

test('a shell that is none of them is wrong usage', async () => {
  const { code, out, err } = await holdfast('completion', 'zhs')
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('unknown shell "zhs"; did you mean "zsh"?')
  expect((await holdfast('completion')).err).toContain('SHELL is missing')
})

test('what may be given is what help says', () => {
  // Ranks go on for as long as there are servers.
  for (const { definition } of COMMANDS)
    for (const { text, choices = [] } of definition.operands)
      for (const choice of choices.filter((other) => !/^\d$/.test(other)))
        expect(text).toContain(choice)
})
