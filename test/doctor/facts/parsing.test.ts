// What /proc and systemctl write, read back: texts that were captured from a real host.

import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createHost } from '../../../src/commands/doctor/doctor-command.ts'
import { processesFact } from '../../../src/doctor/facts/proc.ts'
import { parseProperties } from '../../../src/doctor/facts/systemd-unit.ts'
import {
  depthIn,
  parseCmdline,
  parsePid,
  parseStat,
  parseUid,
} from '../../../src/host/process-table.ts'

describe('processes', () => {
  test('a name may hold blanks and parentheses', () => {
    const text =
      '7977 (a) R (b) S 7970 7970 2903 0 -1 4194304 127 0 0 0 0 0 0 0 20 0 1 0 1191312 3133440 415'
    expect(parseStat(text)).toEqual({
      pid: 7977,
      ppid: 7970,
      comm: 'a) R (b',
      state: 'S',
      startedBootMs: 11_913_120,
    })
  })

  test('this process is found in its own /proc', () => {
    const own = parseStat(readFileSync('/proc/self/stat', 'utf8'))
    expect(own).toMatchObject({ pid: process.pid, ppid: process.ppid })
    const upMs = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000
    expect(own?.startedBootMs).toBeLessThanOrEqual(upMs)
    expect(own?.startedBootMs).toBeGreaterThan(0)
    const uid = process.geteuid?.()
    const status = readFileSync('/proc/self/status', 'utf8')
    expect(parseUid(status)).toBe(uid as number)
    expect(parsePid(status)).toBe(process.pid)
  })

  test('programs that are started to look at the host are none of it', async () => {
    const child = Bun.spawn(['sleep', '60'])
    try {
      const pids = (await processesFact(createHost('/nowhere'))).map((process) => process.pid)
      expect(pids).toContain(process.pid)
      expect(pids).not.toContain(child.pid)
    } finally {
      child.kill()
    }
  })

  test('garbage is no process', () => {
    for (const text of ['', '12', '12 (a', ')(', '12 (a) S 1 2']) expect(parseStat(text)).toBeNull()
    expect(parseUid('Name:\tcat\n')).toBeNull()
    expect(parsePid('Name:\tcat\n')).toBeNull()
  })

  test('of containers are told by how many numbers they have', () => {
    expect(depthIn('Name:\tnamed\nNSpid:\t7482\t115\t32\nNSpgid:\t1\n')).toBe(3)
    expect(depthIn(readFileSync('/proc/self/status', 'utf8'))).toBeGreaterThanOrEqual(1)
    expect(depthIn('Name:\tnamed\n')).toBe(1)
  })

  test('arguments may be empty', () => {
    expect(parseCmdline('named\0-u\0\0')).toEqual(['named', '-u', ''])
    expect(parseCmdline('')).toEqual([])
  })
})

test('properties of a unit: values may hold "=", and a name may come again', () => {
  const text = 'Type=notify\nEnvironment=A=1 B=2\nDrop=x\nDrop=y\n\nNRestarts=0\n'
  expect([...parseProperties(text)]).toEqual([
    ['Type', 'notify'],
    ['Environment', 'A=1 B=2'],
    ['Drop', 'x\ny'],
    ['NRestarts', '0'],
  ])
})
