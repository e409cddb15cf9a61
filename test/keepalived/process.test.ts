// Which process is the keepalived that serves a host: tables of processes as /proc shows them.
import { describe, expect, test } from 'bun:test'
import { type ProcReader, readProcesses } from '../../src/host/process-table.ts'
import { findKeepalived, keepalivedOptions } from '../../src/keepalived/process.ts'

interface Row {
  readonly ppid?: number
  readonly args: string
  readonly comm?: string
  readonly state?: string
  /** Numbers in nested namespaces of processes. */
  readonly inside?: string
  readonly net?: string
  readonly exe?: string
  readonly fd?: string
}

const SELF = 900

/** A /proc in which the doctor is process 900. */
function procOf(
  rows: Readonly<Record<number, Row>>,
  files: Readonly<Record<string, string>> = {},
): ProcReader {
  const all: Record<string, string> = {
    ...files,
    '/proc/self/status': `Pid:\t${SELF}\nNSpid:\t${SELF}\n`,
  }
  const links: Record<string, string> = { '/proc/self/ns/net': 'net:[1]' }
  const self = { args: 'holdfast doctor', ppid: 1 }
  for (const [pid, row] of Object.entries({ ...rows, [SELF]: self } as Record<string, Row>)) {
    const { ppid = 1, args, comm = 'keepalived', state = 'S', inside = '' } = row
    const { net = 'net:[1]', exe = `/usr/sbin/${args.split(' ')[0]?.split('/').at(-1)}`, fd } = row
    all[`/proc/${pid}/stat`] = `${pid} (${comm}) ${state} ${ppid}${' 0'.repeat(17)} 5 0`
    all[`/proc/${pid}/status`] = `Pid:\t${pid}\nUid:\t0\t0\t0\t0\nNSpid:\t${pid}${inside}\n`
    all[`/proc/${pid}/cmdline`] = `${args.split(' ').join('\0')}\0`
    links[`/proc/${pid}/ns/net`] = net
    links[`/proc/${pid}/exe`] = exe
    if (fd !== undefined) links[`/proc/${pid}/fd/7`] = fd
  }
  const from = (table: Readonly<Record<string, string>>) => (path: string) => {
    const value = table[path]
    return value === undefined ? ({ ok: false } as const) : ({ ok: true, value } as const)
  }
  return {
    text: from(all),
    link: from(links),
    list: (path) => ({
      ok: true,
      value: path === '/proc' ? [...Object.keys(rows), `${SELF}`, 'self'] : ['7'],
    }),
  }
}

function found(rows: Readonly<Record<number, Row>>, files?: Readonly<Record<string, string>>) {
  const proc = procOf(rows, files)
  const reading = findKeepalived(proc, readProcesses(proc))
  if (reading.kind === 'absent') return reading.others
  const { parent, vrrp, checker } = reading
  return { parent: parent.pid, vrrp: vrrp?.pid, checker: checker?.pid }
}

const DAEMON = { args: '/usr/sbin/keepalived --dont-fork' }
const SOUND = { 10: DAEMON, 11: { ...DAEMON, ppid: 10 } }

describe('keepalived is found', () => {
  test('without any pid file, wherever that was told to be', () => {
    expect(found(SOUND)).toMatchObject({ parent: 10, vrrp: 11 })
    const args = 'keepalived -p /srv/k.pid -r /srv/v.pid -n'
    const rows = { 10: { args }, 11: { args, ppid: 10 }, 12: { args, ppid: 10 } }
    expect(found(rows, { '/srv/k.pid': '10\n', '/srv/v.pid': '12\n' })).toMatchObject({ vrrp: 12 })
  })

  test('whatever it and its children call themselves', () => {
    const rows = {
      10: { ...DAEMON, comm: 'dns' },
      11: { ...DAEMON, ppid: 10, comm: 'keepalived_heal' },
      12: { ...DAEMON, ppid: 10, comm: 'keepalived_vrrp' },
    }
    expect(found(rows)).toEqual({ parent: 10, vrrp: 12, checker: 11 })
  })

  test('and the child that speaks VRRP by its socket', () => {
    const raw = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   9: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 0
   0: 00000000:0070 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0 0\n`
    const rows = {
      10: DAEMON,
      11: { ...DAEMON, ppid: 10, fd: 'socket:[4711]' },
      12: { ...DAEMON, ppid: 10, fd: 'socket:[4712]' },
    }
    expect(found(rows, { '/proc/net/raw': raw })).toEqual({ parent: 10, vrrp: 12, checker: 11 })
  })

  const USUAL = '/etc/keepalived/keepalived.conf'
  test.each([
    ['speaks VRRP', 'keepalived --check', 'keepalived --vrrp -p /run/k2.pid'],
    ['speaks VRRP', `keepalived -C -f ${USUAL}`, 'keepalived -P -f /etc/vrrp.conf'],
    ['has the usual file', 'keepalived -f /etc/keepalived/lb.conf', 'keepalived -p /run/k2.pid'],
    ['has the usual file', 'keepalived -f /etc/lvs.conf', `keepalived -PC -f ${USUAL}`],
  ])('of several, the one that %s: %s, %s', (_, other, args) => {
    const rows = {
      ...{ 9: { args: other }, 8: { args: other, ppid: 9 } },
      ...{ 10: { args }, 11: { args, ppid: 10 } },
    }
    const files = { '/run/keepalived.pid': '9\n' }
    expect(found(rows, files)).toMatchObject({ parent: 10, vrrp: 11 })
  })

  test('of several with the usual file, the one that has a child for VRRP', () => {
    const rows = { 9: DAEMON, ...SOUND }
    expect(found(rows, { '/run/keepalived.pid': '9\n' })).toMatchObject({ parent: 10 })
  })

  test('of several alike, the one that the usual pid file names', () => {
    const rows = { 8: DAEMON, 9: { ...DAEMON, ppid: 8 }, ...SOUND }
    expect(found(rows, { '/run/keepalived.pid': '10\n' })).toMatchObject({ parent: 10 })
    expect(found(rows)).toMatchObject({ parent: 8 })
  })

  test('that looks after IPVS alone, where there is no other', () => {
    const args = 'keepalived --check'
    const rows = { 10: { args }, 11: { args, ppid: 10 } }
    expect(found(rows)).toEqual({ parent: 10, vrrp: undefined, checker: 11 })
  })

  test.each(['keepalived-2.3.4', 'keepalived2', 'keepalived.real', 'keepalived_v2.4'])(
    'when its program is called %s',
    (name) => {
      const args = `/opt/sbin/${name} -n`
      const rows = { 10: { args }, 11: { args, ppid: 10 } }
      expect(found(rows)).toMatchObject({ parent: 10, vrrp: 11 })
    },
  )

  test('in a container that shares the network of the host', () => {
    expect(found({ 10: { ...DAEMON, inside: '\t1' } })).toMatchObject({ parent: 10 })
  })

  test('after its program has been replaced', () => {
    const row = { ...DAEMON, exe: '/usr/sbin/keepalived (deleted)' }
    expect(found({ 10: row })).toMatchObject({ parent: 10 })
  })
})

describe('keepalived is none', () => {
  test.each([
    'keepalived --version',
    'keepalived -v',
    'keepalived -t',
    'keepalived -lt',
    'keepalived --config-test=/tmp/log --use-file=/etc/keepalived/keepalived.conf',
    'keepalived -f /etc/keepalived/keepalived.conf -t',
    'keepalived --ver',
    'keepalived --signum=JSON',
    'keepalived --genhash -s 192.0.2.1',
    'keepalived -h',
  ])('that was started for a word: %s', (args) => {
    // It may fork, as the test of a configuration does.
    expect(found({ 10: { args }, 11: { args, ppid: 10 } })).toEqual([
      `process 10, "${args}", is no daemon: it says a word and ends`,
    ])
  })

  test('that the doctor itself has started, or a child of its', () => {
    expect(found({ 10: { ...DAEMON, ppid: SELF } })).toEqual([])
    const shell = { args: 'sh -c keepalived', comm: 'sh', ppid: SELF }
    expect(found({ 9: shell, 10: { ...DAEMON, ppid: 9 } })).toEqual([])
  })

  test('of another network', () => {
    expect(
      found({ 10: { ...DAEMON, net: 'net:[2]' }, 11: { ...DAEMON, net: 'net:[2]', ppid: 10 } }),
    ).toEqual(['process 10, "/usr/sbin/keepalived --dont-fork", runs in another network namespace'])
  })

  test('that is dead', () => expect(found({ 10: { ...DAEMON, state: 'Z' } })).toEqual([]))

  test.each([
    { args: '/bin/sh /etc/cron.d/keepalived', exe: '/usr/bin/dash' },
    { args: 'keepalived', exe: '/usr/bin/sleep' },
    { args: '/usr/bin/keepalived-exporter' },
    { args: '/usr/bin/keepalived_exporter' },
    { args: '/usr/bin/keepalivedctl' },
  ])('that only has the name: %p', (row) => expect(found({ 10: row })).toEqual([]))
})

test.each([
  [['keepalived', '-f', '/a'], 'use-file', '/a'],
  [['keepalived', '-f/a'], 'use-file', '/a'],
  [['keepalived', '-nlf/a'], 'use-file', '/a'],
  [['keepalived', '--use-file', '/a'], 'use-file', '/a'],
  [['keepalived', '--use-file=/a'], 'use-file', '/a'],
  [['keepalived', '--use', '/a'], 'use-file', '/a'],
  [['keepalived', '--dont-fork'], 'use-file', undefined],
  [['keepalived', '-p', '-t'], 'config-test', undefined],
  [['keepalived', '-i', 'version'], 'version', undefined],
  [['keepalived', '--pid=/x', '-ntest.log'], 'config-test', 'est.log'],
])('%j: %s is %p', (args, name, value) => expect(keepalivedOptions(args).get(name)).toBe(value))
