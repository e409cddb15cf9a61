// Reading keepalived.conf: its grammar as keepalived has it, and texts that nobody should have written.
import { describe, expect, test } from 'bun:test'
import {
  type Conf,
  type ConfText,
  readConf,
  type Statement,
} from '../../../src/config/keepalived/reader.ts'

function read(text: string, files: Readonly<Record<string, string>> = {}): Conf {
  const open = (pattern: string): readonly ConfText[] =>
    Object.entries(files)
      .filter(([path]) => path === pattern)
      .map(([path, text]) => ({ path, text }))
  return readConf({ path: 'main', text }, { configId: 's1', open })
}

type Shown = string | readonly [string, readonly Shown[]]

function shown(statements: readonly Statement[]): readonly Shown[] {
  return statements.map(({ words, body }) =>
    body === null ? words.join('|') : ([words.join('|'), shown(body)] as const),
  )
}

describe('keepalived.conf', () => {
  test('is statements with blocks, remarks left out', () => {
    const text = `# remark
global_defs   # another
{
  script_user root ! and another
}
vrrp_script x { script "/bin/true a  b" }
vrrp_instance y {
  virtual_ipaddress {
    192.0.2.53/24 dev eth0
  } }`
    expect(shown(read(text).statements)).toEqual([
      ['global_defs', ['script_user|root']],
      ['vrrp_script|x', ['script|/bin/true a  b']],
      ['vrrp_instance|y', [['virtual_ipaddress', ['192.0.2.53/24|dev|eth0']]]],
    ])
  })

  test('keeps what stands in quotes, braces and remarks included', () => {
    const line = String.raw`script "/bin/sh -c 'said=$(x) && test -n \"$said\" # { }'" more`
    expect(shown(read(line).statements)).toEqual([
      `script|/bin/sh -c 'said=$(x) && test -n "$said" # { }'|more`,
    ])
  })

  test('has lines for one host, and words that were defined', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: keepalived has its own
    const text = '$PRIO=7\n@s1 priority $PRIO\n@s2 priority 8\n@^s1 priority 9\nuse ${PRIO}0 $other'
    expect(shown(read(text).statements)).toEqual(['priority|7', 'use|70|$other'])
  })

  test('ends a word at a quote, and knows no backslash in it', () => {
    expect(shown(read('a"b c"d "" e').statements)).toEqual(['a|b c|d||e'])
    expect(shown(read('a "b\\" { c "}" }').statements)).toEqual([['a|b\\', ['c|}']]])
  })

  test('reads what follows a brace like a line of its own', () => {
    expect(shown(read('a { @s2 b }\n@s1 c }\nd').statements)).toEqual([['a', ['c']], 'd'])
    expect(shown(read('a { $X=b c\n$X }').statements)).toEqual([['a', ['b|c']]])
  })

  test('takes braces and quotes from what was defined', () => {
    expect(shown(read('$X={ b "c d" } # e\na $X\nf').statements)).toEqual([['a', ['b|c d']], 'f'])
  })

  test('takes words of definitions from other ones, and lines from one of several', () => {
    expect(shown(read('$A=b\n$B=a $A\n$B c').statements)).toEqual(['a|b|c'])
    const lines = '$X= \\\n  a 1 \\ # not the end\n  b {\\\n c\ng {\n$X\n}\n}\nh'
    expect(shown(read(lines).statements)).toEqual([['g', ['a|1', ['b', ['c']]]], 'h'])
    expect(shown(read('$X=a \\\nb\ng { $X }\nc').statements)).toEqual([['g', ['a']], 'b', 'c'])
  })

  test('of definitions without an end ends', () => {
    expect(shown(read('$A=$A x\n$A').statements)[0]).toStartWith('$A|x')
    expect(read('$A=a $A $A\n$A').statements).toHaveLength(1)
    expect(read('$A=a \\\n$A \\\n$A\n$A\nb').statements.length).toBeLessThan(2000)
  })

  test('has the lines of what it includes in their place, and says where they stand', () => {
    const conf = read('a\ninclude more\nb', { more: 'c {\nd\n}' })
    expect(shown(conf.statements)).toEqual(['a', ['c', ['d']], 'b'])
    expect(conf.statements[1]).toMatchObject({ file: 'more', line: 1 })
    expect(conf.files.map((file) => file.path)).toEqual(['main', 'more'])
  })

  test('reads what two of its blocks include in both of them', () => {
    const conf = read('a {\ninclude more\n}\nb {\ninclude more\n}', { more: 'c' })
    expect(shown(conf.statements)).toEqual([
      ['a', ['c']],
      ['b', ['c']],
    ])
    expect(conf.files.map((file) => file.path)).toEqual(['main', 'more'])
  })

  test('that includes others again and again ends', () => {
    const names = Array.from({ length: 40 }, (_, nth) => `f${nth}`)
    const files = names.map((name, nth) => [name, `include f${nth + 1}\ninclude f${nth + 1}`])
    expect(read('include f0', Object.fromEntries(files)).files.length).toBeLessThan(50)
  })

  test('that includes itself ends', () => {
    expect(read('include main\ninclude main', { main: 'include main' }).files).toHaveLength(1)
    expect(shown(read('include a', { a: 'x\ninclude b', b: 'y\ninclude a' }).statements)).toEqual([
      'x',
      'y',
    ])
  })
})

describe('a text that is none', () => {
  test.each([
    ['braces that close nothing', '}}}\n}a', ['a']],
    ['blocks that never end', 'a {\nb {', [['a', [['b', []]]]]],
    ['a brace before everything', '{\na', ['a']],
    ['a quote that never ends', 'a "b c', ['a|b c']],
    ['nothing', '', []],
    ['zeros', '\0\0\n\0', ['\0\0', '\0']],
  ])('with %s is read as far as it goes', (_, text, expected) => {
    expect(shown(read(text).statements)).toEqual(expected as readonly Shown[])
  })

  test('that is endless in any direction is read in bounds', () => {
    const before = process.cpuUsage()
    expect(depthOf(read('a {\n'.repeat(100_000)).statements)).toBeLessThan(40)
    expect(read('a\n'.repeat(200_000)).statements.length).toBeLessThanOrEqual(50_000)
    expect(read(`${'x '.repeat(1_000_000)}\nb`).statements).toHaveLength(1)
    expect(read(`${'"'.repeat(60_000)}\n${'$'.repeat(60_000)}{`).statements.length).toBeLessThan(3)
    // Not the time of day: others may have the processor.
    const { user, system } = process.cpuUsage(before)
    expect(user + system).toBeLessThan(10_000_000)
  })
})

function depthOf(statements: readonly Statement[]): number {
  let depth = 0
  for (let level = statements; level.length > 0; depth++)
    level = level.flatMap((statement) => statement.body ?? [])
  return depth
}
