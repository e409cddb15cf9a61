// How named was started, what its configuration holds, and when it was read.

import { describe, expect, test } from 'bun:test'
import {
  includesIn,
  optionsOf,
  optionValue,
  parseNamedConf,
  parseRndcStatus,
  statementsOf,
} from '../../../src/doctor/facts/named.ts'

/** As named-checkconf -p of 9.18 printed it. */
const PRINTED = `acl "mine" {
\t192.0.2.0/24;
};
options {
\tautomatic-interface-scan no;
\tlisten-on port 53 {
\t\t"any";
\t};
\trate-limit {
\t\texempt-clients {
\t\t\t!192.0.2.1/32;
\t\t\t{
\t\t\t\t"localhost";
\t\t\t};
\t\t\t!"mine";
\t\t};
\t\tresponses-per-second 5;
\t};
};
view "a b" {
};
`

describe('what named-checkconf prints', () => {
  test('is a tree of statements', () => {
    const statements = parseNamedConf(PRINTED) ?? []
    expect(statements.map((statement) => statement.words)).toEqual([
      ['acl', 'mine'],
      ['options'],
      ['view', 'a b'],
    ])
    const options = optionsOf({ statements })
    expect(statementsOf(options, 'listen-on')).toEqual([
      { words: ['listen-on', 'port', '53'], block: [{ words: ['any'], block: null }] },
    ])
    const limit = statementsOf(options, 'rate-limit')[0]
    expect(statementsOf(limit?.block, 'responses-per-second')[0]?.words).toEqual([
      'responses-per-second',
      '5',
    ])
    expect(statementsOf(limit?.block, 'exempt-clients')[0]?.block).toEqual([
      { words: ['!192.0.2.1/32'], block: null },
      { words: [], block: [{ words: ['localhost'], block: null }] },
      { words: ['!', 'mine'], block: null },
    ])
  })

  test('is nothing where it is something else', () => {
    for (const text of ['options {', '};', 'options { a };', 'a', 'options { "never ends; };'])
      expect(parseNamedConf(text)).toBeNull()
    expect(parseNamedConf('')).toEqual([])
    expect(optionsOf({ statements: [] })).toEqual([])
  })
})

test('includes are found in any layout, and not in comments', () => {
  const text = `// include "/a";
options { include "/b"; directory "/include"; }; # include "/c";
/* include "/d"; */ zone "x" { file "// include \\"/e\\""; };
include
  "/f";include "relative";`
  expect(includesIn(text)).toEqual(['/b', '/f'])
})

test('options of a command line are read as getopt reads them', () => {
  expect(optionValue(['named', '-u', 'bind', '-c', '/etc/named.conf'], 'c')).toBe('/etc/named.conf')
  expect(optionValue(['named', '-c/etc/named.conf', '-t/jail'], 't')).toBe('/jail')
  expect(optionValue(['named', '-4'], 'c')).toBeNull()
  expect(optionValue(['named', '-c'], 'c')).toBeNull()
})

test('rndc tells when the configuration was read', () => {
  const text = 'boot time: x\nlast configured: Sat, 21 Nov 2026 23:51:24 GMT\nserver is up\n'
  expect(parseRndcStatus(text)).toEqual({
    configuredMs: Date.UTC(2026, 10, 21, 23, 51, 24),
    line: 'last configured: Sat, 21 Nov 2026 23:51:24 GMT',
  })
  expect(parseRndcStatus('last configured: soon\n')).toBeNull()
  expect(parseRndcStatus('')).toBeNull()
})
