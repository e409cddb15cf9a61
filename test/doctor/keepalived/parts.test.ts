// The small readers of keepalived's checks, with what was really captured.
import { describe, expect, test } from 'bun:test'
import { differingInstances } from '../../../src/doctor/keepalived/file.ts'
import { inotifyInodes, trackFileNumber } from '../../../src/doctor/keepalived/published.ts'
import { programOf } from '../../../src/doctor/keepalived/script-program.ts'
import { isOlder, parseRelease } from '../../../src/keepalived/release.ts'

test('the version is in the first line', () => {
  const version = parseRelease('Keepalived v2.2.7 (01/16,2022)\n\nCopyright(C) 2001-2022')
  expect(version).toEqual({ major: 2, minor: 2, patch: 7 })
  expect(parseRelease('keepalived: not found')).toBeNull()
})

test.each([
  ['2.0.20', true],
  ['1.4.5', true],
  ['2.1.0', false],
  ['2.10.0', false],
  ['3.0.0', false],
])('%s is too old: %p', (text, isTooOld) => {
  const version = parseRelease(`Keepalived v${text} (01/16,2022)`)
  if (version === null) throw new Error('no version')
  expect(isOlder(version, { major: 2, minor: 1, patch: 0 })).toBe(isTooOld)
})

test('watched folders are told by inode, in hexadecimal', () => {
  const text = `pos:\t0
flags:\t02004000
inotify wd:2 ino:9e7e sdev:800013 mask:2c8 ignored_mask:0 fhandle-bytes:8 f_handle:7e9e0000640d1b6d
inotify wd:1 ino:4 sdev:4b mask:2c8 ignored_mask:0
`
  expect(inotifyInodes(text)).toEqual([0x9e7e, 4])
})

describe('a track file', () => {
  test.each([
    ['249\n', 249],
    ['-254', -254],
    [' +7 \n', 7],
    ['010', 8],
    ['0x1F', 31],
    ['0', 0],
    ['', null],
    ['healthy', null],
    ['12 monkeys', null],
    ['1e3', null],
    ['\0', null],
  ])('%j is %p', (text, value) => expect(trackFileNumber(text)).toBe(value))
})

test.each([
  ['/bin/sh -c x', '/bin/sh'],
  [`  '/opt/my check' x`, '/opt/my check'],
  ['', ''],
])('%j runs %j', (command, program) => expect(programOf(command)).toBe(program))

test('instances that run are held against those of the file', () => {
  const block = {
    ...{ name: 'a', at: 'k:1', turn: 0, routerId: 53, basePriority: 1, basePriorityAt: 'k:2' },
    ...{ trackers: [], notify: [], staysBehind: [], excluded: [], peers: [], source: null },
    addresses: [{ name: '192.0.2.53', at: 'k:3' }],
  }
  const running = {
    ...{ name: 'a', routerId: 53, basePriority: 1 },
    ...{ addresses: ['192.0.2.53'], excluded: [] },
  }
  expect(differingInstances([block], [running])).toEqual([])
  expect(differingInstances([block], [{ ...running, basePriority: 100 }])).toEqual([
    'runs:  a, virtual_router_id 53, priority 100, 192.0.2.53',
    'file:  a, virtual_router_id 53, priority 1, 192.0.2.53',
  ])
  expect(differingInstances([block], [])).toHaveLength(1)
})
