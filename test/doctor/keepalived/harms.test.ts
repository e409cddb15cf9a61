// Harmful lines of keepalived.conf in many spellings: what is printed is typed, and takes out them alone.

import { afterAll, describe, expect, test } from 'bun:test'
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConf } from '../../../src/config/keepalived/reader.ts'
import { harmsIn } from '../../../src/doctor/facts/keepalived-harms.ts'
import { removals } from '../../../src/doctor/keepalived/harms.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-removal-'))
afterAll(() => rmSync(folder, { recursive: true }))
const CONF = join(folder, "keepalived it's.conf")
const INCLUDED = join(folder, 'included.conf')

function remediesIn(text: string): readonly string[] {
  writeFileSync(CONF, text)
  writeFileSync(INCLUDED, '')
  return remediesNow()
}

function remediesNow(): readonly string[] {
  const open = () => [{ path: INCLUDED, text: readFileSync(INCLUDED, 'utf8') }]
  const text = readFileSync(CONF, 'utf8')
  const conf = readConf({ path: CONF, text }, { configId: 's1', open })
  const statements = harmsIn(conf, true).map((harm) => harm.statement)
  return removals(statements, conf.files)
}

/** Types what is printed, and says what the file holds then. Nothing is left to be told. */
function afterRemedies(text: string, included = ''): string {
  writeFileSync(CONF, text)
  writeFileSync(INCLUDED, included)
  for (const command of remediesNow()) {
    const { exitCode, stderr } = Bun.spawnSync(['sh', '-c', command])
    expect({ command, exitCode, stderr: stderr.toString() }).toEqual({
      ...{ command, exitCode: 0, stderr: '' },
    })
  }
  expect(remediesNow()).toEqual([])
  return readFileSync(CONF, 'utf8')
}

const REMARKS = ['', ' ', '\r', ' # see {wiki}', '\t! } { "', '#\\{x}', ' # a/b & c.d*[e]^$ ü']
const INDENTS = ['', '  ', '\t']

/** A file with a line in the block, among lines that are like it. */
function withLine(line: string): string {
  const globals = 'global_defs {\n  router_id no_accept\n  # no_accept\n}\n'
  return `${globals}vrrp_instance a {\n  state BACKUP\n${line}  priority 100 # no_accept\n}\n`
}

describe('a line that has nothing else goes', () => {
  test.each(['no_accept', '"no_accept"', 'strict_mode', 'strict_mode on', 'dont_track_primary'])(
    '%s',
    (words) => {
      for (const remark of REMARKS)
        for (const indent of INDENTS)
          expect(afterRemedies(withLine(`${indent}${words}${remark}\n`))).toBe(withLine(''))
    },
  )
})

test('a link to the file stays one', () => {
  const endpoint = join(folder, 'endpoint.conf')
  writeFileSync(endpoint, withLine('no_accept\n'))
  rmSync(CONF, { force: true })
  symlinkSync(endpoint, CONF)
  for (const command of remediesNow()) Bun.spawnSync(['sh', '-c', command])
  expect(lstatSync(CONF).isSymbolicLink()).toBe(true)
  expect(readFileSync(endpoint, 'utf8')).toBe(withLine(''))
  rmSync(CONF)
})

test.each([
  ['', 'global_defs { vrrp_strict }', 'global_defs { }', ''],
  ['', 'global_defs {vrrp_strict}', 'global_defs {}', ''],
  ['', '\tglobal_defs\t{\tvrrp_strict } # {kept}', '\tglobal_defs\t{\t} # {kept}', ''],
  ['', 'vrrp_instance no_accept { no_accept }', 'vrrp_instance no_accept { }', ''],
  ['', 'vrrp_instance "a&b\\c/d" { no_accept }', 'vrrp_instance "a&b\\c/d" { }', ''],
  ['', '@s1 vrrp_instance c { no_accept }', '@s1 vrrp_instance c { }', ''],
  ['vrrp_instance a {', 'no_accept }', '}', ''],
  ['vrrp_instance a {\ntrack_bfd {', '} no_accept', '} ', '}'],
])('a line that has more keeps it: %j %j', (before, line, kept, after) => {
  const around = (text: string) =>
    `global_defs {\n}\n${before}\n${text}\n${after}\nvrrp_instance b {\n}\n`
  expect(remediesIn(around(line))).toHaveLength(1)
  expect(afterRemedies(around(line))).toBe(around(kept))
})

test('several lines, several words of one line, and included files are mended at once', () => {
  const text = (on: boolean) =>
    [
      `global_defs {${on ? ' vrrp_strict }' : ' }'}`,
      `vrrp_instance a {${on ? ' no_accept }' : ' }'} vrrp_instance b {${on ? ' strict_mode on }' : ' }'}`,
      'vrrp_instance c {',
      ...(on ? ['  no_accept', '  dont_track_primary', '  no_accept #'] : []),
      '  include other.conf',
      '}',
    ].join('\n')
  expect(afterRemedies(text(true), '  nopreempt\n  unicast_ttl 0 # {\n  version 3\n')).toBe(
    text(false),
  )
  expect(readFileSync(INCLUDED, 'utf8')).toBe('  nopreempt\n  version 3\n')
})

describe('where a command cannot do it, the place is told', () => {
  test.each([
    ['what it stands for is defined elsewhere', '$S=no_accept\n', '  $S\n'],
    [
      'one of two words is',
      '$S=strict_mode\n',
      '  track_bfd { } no_accept } vrrp_instance b { $S\n',
    ],
    ['it is repeated', '', '  ~SEQ(x,1,2) no_accept\n'],
    ['it is for one host', '', '  @s1 no_accept\n'],
    [
      'the same words stand there for others',
      '',
      '  no_accept } @s2 vrrp_instance b { no_accept\n',
    ],
    ['the line goes on', '', '  no_accept \\\n'],
    ['it has a block', '', '  no_accept { x }\n'],
    ['its block follows', '', '  no_accept\n{\n}\n'],
    ['there is a secret on the line', '', '  no_accept } vrrp_instance b { auth_pass x\n'],
    ['a terminal would not show it', '', '  no_accept # \u0007\n'],
  ])('%s', (_, head, line) => {
    const remedies = remediesIn(`${head}${withLine(line)}`)
    const number = 7 + head.split('\n').length - 1
    expect(remedies).toHaveLength(1)
    expect(remedies[0]).toStartWith('# Remove "')
    expect(remedies[0]).toEndWith(`by hand: ${CONF}:${number}`)
    expect(remedies[0]).not.toContain('auth_pass')
  })
})

test('a file that has changed meanwhile is left alone', () => {
  const [command = ''] = remediesIn(withLine('  no_accept\n'))
  const changed = withLine('  track_bfd {\n')
  writeFileSync(CONF, changed)
  expect(Bun.spawnSync(['sh', '-c', command]).exitCode).toBe(0)
  expect(readFileSync(CONF, 'utf8')).toBe(changed)
})
