// Every check's remedy is typed by a test on a host that was broken for real, or it stands here why none types it.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKS } from '../../src/doctor/checks.ts'

const ROOT = join(import.meta.dir, '../..')

/** Typed by tests of their own making; the others say `typed` to `breaks`. */
const IN_THEIR_OWN_WAY: Readonly<Record<string, readonly string[]>> = {
  'test/lab/doctor/bind-clients.test.ts': ['H421'],
  'test/lab/doctor/keepalived-harms.test.ts': ['H228', 'H229'],
  'test/lab/doctor/keepalived-process.test.ts': ['H207'],
  'test/lab/doctor/keepalived-source.test.ts': ['H227'],
  'test/lab/doctor/network-firewall.test.ts': ['H515', 'H516'],
}

const UNTYPED: Readonly<Record<string, readonly string[]>> = {
  'what to write, and where, is for a person to decide': [
    ...['H101', 'H102', 'H103', 'H104', 'H106', 'H113', 'H139', 'H217', 'H405', 'H408', 'H413'],
    ...['H414', 'H415', 'H417', 'H418', 'H419', 'H420', 'H509', 'H518'],
  ],
  'its commands show more, and the cause may be anything': [
    ...['H143', 'H151', 'H152', 'H220', 'H222', 'H301', 'H302', 'H409', 'H410', 'H411', 'H412'],
  ],
  'another server or the network is to be mended': [
    ...['H303', 'H304', 'H305', 'H306', 'H307', 'H308', 'H309', 'H310', 'H311', 'H312', 'H508'],
    ...['H608', 'H609', 'H610', 'H615'],
  ],
  'whose files may go is for a person to decide': ['H162'],
  'Debian has no such release': ['H202', 'H230'],
  'the clock of a machine is that of the computer': ['H161'],
  'the link of a machine does not negotiate': ['H514'],
  'where tests run from the source, the executable is the runtime': ['H136'],
  'IPVS is in the kernel of the computer, and cannot be taken away': ['H601'],
  'a test breaks it, and none types it yet': [
    ...['H154', 'H224', 'H225', 'H313', 'H401', 'H403', 'H404', 'H416', 'H507', 'H517', 'H519'],
    ...['H602', 'H603', 'H604', 'H605', 'H606', 'H607', 'H611', 'H612', 'H613', 'H614'],
    ...['H616', 'H617', 'H618', 'H619'],
  ],
}

/** The codes of breaks whose remedy is typed, in all tests of the doctor on real hosts. */
function typedInBreaks(): ReadonlySet<string> {
  const files = [...new Bun.Glob('test/{lab,machines,balancers}/**/*.test.ts').scanSync(ROOT)]
  const statements = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8').split(/^(?=\S)/m),
  )
  return new Set(
    statements.flatMap((statement) => {
      const [, code = ''] =
        /^(?:typed\(|\w+\.breaks\(\{\s+name: )['"`](H\d{3}):/.exec(statement) ?? []
      return code !== '' && /^typed\(|\btyped: /.test(statement) ? [code] : []
    }),
  )
}

test('a remedy is typed by a test, or stands in the list of those that are not', () => {
  const typed = [...typedInBreaks(), ...Object.values(IN_THEIR_OWN_WAY).flat()]
  const untyped = Object.values(UNTYPED).flat()
  expect(untyped.filter((line) => typed.includes(line))).toEqual([])
  expect([...new Set([...typed, ...untyped])].sort()).toEqual(
    CHECKS.map((check) => check.code).sort(),
  )
  expect(new Set(untyped).size).toBe(untyped.length)
})

test.each(Object.entries(IN_THEIR_OWN_WAY))('%s has to do with %p and a remedy', (file, codes) => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  expect(text).toContain('.remedy')
  for (const code of codes) expect(text).toContain(code)
})
