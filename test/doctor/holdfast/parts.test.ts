// The parts of the holdfast checks that read texts: what was captured from real hosts, and garbage.

import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Process } from '../../../src/doctor/facts/proc.ts'
import { configOf, daemonsIn } from '../../../src/doctor/facts/running-daemon.ts'
import { parseProperties } from '../../../src/doctor/facts/systemd-unit.ts'
import {
  environNames,
  fileNames,
  STEERING,
  steeringIn,
  unitNames,
} from '../../../src/doctor/holdfast/environment.ts'
import { parseTmpfiles } from '../../../src/doctor/holdfast/folders.ts'
import { notedWallMs } from '../../../src/doctor/holdfast/notify.ts'
import { loopOf } from '../../../src/doctor/holdfast/service-unit.ts'
import { judgeTimedatectl, leapStatus } from '../../../src/doctor/holdfast/wall-clock.ts'
import { aboutOf } from '../../../src/doctor/manual.ts'

const ROOT = join(import.meta.dir, '../../..')

describe('variables', () => {
  test('are found wherever they are set, and only whole names', () => {
    expect(environNames('PATH=/bin\0BUN_OPTIONS=--smol\0\0')).toContain('BUN_OPTIONS')
    expect(fileNames('# BUN_A=1\nexport BUN_BE_BUN=1\n PATH="/bin"\n')).toEqual([
      'BUN_BE_BUN',
      'PATH',
    ])
    expect(unitNames('A=1 "BUN_INSPECT_PRELOAD=/tmp/x y" B=2')).toContain('BUN_INSPECT_PRELOAD')
    expect(steeringIn(['NOT_BUN_OPTIONS', 'BUN_OPTIONS_OLD', 'PATH'])).toEqual([])
    expect(steeringIn(['BUN_JSC_useJIT', 'BUN_BE_BUN'])).toEqual(['BUN_BE_BUN', 'BUN_JSC_useJIT'])
  })

  test('are all named on the page', () => {
    const about = aboutOf({ category: 'holdfast', code: 'H139' }).join('\n')
    expect(STEERING.filter((name) => !about.includes(name))).toEqual([])
  })

  test.each(['holdfast/files/holdfast.service', 'keepalived/files/holdfast.conf'])(
    'are all taken away by roles/%s',
    (path) => {
      const unit = readFileSync(join(ROOT, 'roles', path), 'utf8')
      const unset = [...unit.matchAll(/^UnsetEnvironment=(.*)$/gm)]
      expect(unset.flatMap(([, names = '']) => names.split(' '))).toEqual([...STEERING])
    },
  )

  test('of the kinds that load code, trust or tell are all known that this runtime knows', () => {
    const kinds =
      '\\b(BUN_(BE|BYTECODE|CRASH|ENABLE_CRASH|INSPECT|OPTIONS|TRACE|CONFIG_VERBOSE)|NODE_(EXTRA|OPTIONS|PATH|TLS|USE|V8)|SSL_CERT_|SSLKEY)[A-Z_]*'
    const runtime = spawnSync('grep', ['-aoE', kinds, process.execPath], { encoding: 'utf8' })
    const found = new Set(runtime.stdout.trim().split('\n'))
    expect(found.size).toBeGreaterThan(10)
    // In the file a name may run into the text that follows it.
    const known = (name: string) => STEERING.some((text) => name.startsWith(text))
    expect([...found].filter((name) => !known(name))).toEqual([])
  })

  test('are found in a file of many blank lines, which once took two minutes', () => {
    expect(fileNames(`${'\n'.repeat(200_000)}PATH=/bin\n`)).toEqual(['PATH'])
  })
})

describe('the clock', () => {
  test('chronyc tells by its leap status', () => {
    const tracking = (leap: string) =>
      `Reference ID    : 00000000 ()\nStratum         : 0\nLeap status     : ${leap}\n`
    expect(leapStatus(tracking('Not synchronised'))).toBe('Not synchronised')
    expect(leapStatus(tracking('Normal'))).toBe('Normal')
    expect(leapStatus('506 Cannot talk to daemon\n')).toBeNull()
  })

  test('timedatectl tells by NTPSynchronized', () => {
    const shown = (synchronized: string) =>
      `Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=no\nNTPSynchronized=${synchronized}\n`
    expect(judgeTimedatectl(shown('no'))).toMatchObject({ kind: 'trouble' })
    expect(judgeTimedatectl(shown('yes'))).toMatchObject({ kind: 'ok' })
    expect(judgeTimedatectl('')).toMatchObject({ kind: 'skip' })
  })

  test('timedatectl: nothing is installed in place of what is there', () => {
    const install = 'apt-get install systemd-timesyncd'
    const remedyOf = (text: string) => (judgeTimedatectl(text) as { remedy?: string[] }).remedy
    expect(remedyOf('CanNTP=yes\nNTP=no\nNTPSynchronized=no\n')).not.toContain(install)
    expect(remedyOf('CanNTP=no\nNTP=no\nNTPSynchronized=no\n')).toContain(install)
  })
})

test('tmpfiles: lines that make a folder, however they are written', () => {
  const text = '# d /a\nd /run/holdfast/ 0755 a b -\nd! "/run/x"\nf /run/file\n\nv /var/v\n'
  expect(parseTmpfiles(text).map(({ path }) => path)).toEqual(['/run/holdfast', '/run/x', '/var/v'])
})

test('an event tells by its name when it was noted', () => {
  expect(notedWallMs('001795230765310-0000-5d0b1c9aa2f7.event')).toBe(1_795_230_765_310)
  for (const name of ['.reserve-0', 'dropped', 'x.event', '001795230765310.event'])
    expect(notedWallMs(name)).toBeNull()
})

describe('a loop of restarts', () => {
  const unit = (count: number, more: string) =>
    parseProperties(
      `NRestarts=${count}\nActiveState=active\nSubState=running\nResult=success\nActiveEnterTimestampMonotonic=1000000000\n${more}`,
    )
  const [soonMs, lateMs] = [1_010_000, 5_000_000]

  test('is one while it is young, and over when the daemon has run for long', () => {
    expect(loopOf(unit(3, ''), soonMs)).toContain('running for 10 s')
    expect(loopOf(unit(2, ''), soonMs)).toBeNull()
    expect(loopOf(unit(9, ''), lateMs)).toBeNull()
  })

  test('is one in between two starts, and when systemd has given up', () => {
    const between = 'ActiveState=activating\nSubState=auto-restart\n'
    const lines = between.split('\n').map((line) => line.split('=') as [string, string])
    expect(loopOf(new Map([...unit(5, ''), ...lines]), lateMs)).not.toBeNull()
    const givenUp = new Map([...unit(0, ''), ['Result', 'start-limit-hit'] as const])
    expect(loopOf(givenUp, lateMs)).not.toBeNull()
  })
})

describe('daemons among processes', () => {
  const process = (pid: number, ppid: number, args: string, state = 'S'): Process => {
    const parts = { pid, ppid, uid: 0, comm: 'x', state, args: args.split(' ') }
    return { ...parts, startedBootMs: 0, isContained: false }
  }

  test('are told from other commands, from the dead, and from children that are not yet others', () => {
    const found = daemonsIn([
      process(1, 0, '/usr/local/bin/holdfast daemon'),
      process(2, 1, '/usr/local/bin/holdfast daemon'),
      process(3, 0, '/usr/local/bin/holdfast check'),
      process(4, 0, '/opt/holdfast-0.2 daemon --config /tmp/x.toml'),
      process(5, 0, 'holdfast daemon', 'Z'),
      process(6, 0, '/usr/bin/runtime /srv/holdfast/src/main.ts daemon --config=/tmp/y.toml'),
      process(7, 0, 'cat daemon'),
      process(8, 0, 'holdfast daemon --help'),
    ])
    expect(found.map(({ pid }) => pid)).toEqual([1, 4, 6])
    expect(found.map(configOf)).toEqual([
      '/etc/holdfast/holdfast.toml',
      '/tmp/x.toml',
      '/tmp/y.toml',
    ])
  })
})
