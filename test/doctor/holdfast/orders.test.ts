// H104, the name of this server in the orders: how it is spelled, and a remedy that helps once it is typed.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, Trouble } from '../../../src/doctor/doctor-check.ts'
import { HOLDFAST_CHECKS } from '../../../src/doctor/holdfast/checks.ts'
import { holdfast } from '../../support/recorder.ts'
import { emptyHost } from '../host.ts'

let folder: string
let config: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-orders-'))
  config = join(folder, 'holdfast.toml')
  file = join(folder, 'order/recdns')
  mkdirSync(join(folder, 'order'))
  writeFileSync(file, 'ns1\nns2\n#ns3\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What the check says on a host of that name, which these tables are on. */
function h104(hostname: string, tables: string): Promise<Finding> {
  return found('H104', hostname, tables)
}

function found(code: string, hostname: string, tables: string): Promise<Finding> {
  const cluster = `[clusters.recdns]\norder_file = "${file}"\n`
  const instance = '[clusters.recdns.instances.recdns0]\naddresses = ["192.0.2.53/24"]\n'
  writeFileSync(config, `[server]\nname = "${hostname}"\n${cluster}${instance}${tables}`)
  const text = (path: string) =>
    path.startsWith(folder)
      ? ({ ok: true, value: readFileSync(path, 'utf8') } as const)
      : ({ ok: false, why: 'missing', error: 'it is not here' } as const)
  const host = emptyHost({ text })
  const check = HOLDFAST_CHECKS.find((holdfastCheck) => holdfastCheck.code === code)
  const paths = { ...host.paths, configFile: config }
  return check?.run({ ...host, paths }) as Promise<Finding>
}

/** Types a command of a remedy, for the configuration of this test. */
function type(command: string) {
  const [program, ...words] = command.split(' ')
  expect(program).toBe('holdfast')
  return holdfast(...words, '--config', config)
}

describe.each(['NS1', 'ns1.example.net', 'Ns1.Example.NET', 'ns3.example.net'])('%s', (name) => {
  test('is the server that the order calls by its short name, in small letters', async () => {
    for (const tables of ['', '[servers.ns1]\n[servers.ns2]\n[servers.ns3]\n'])
      expect(await h104(name, tables)).toMatchObject({ kind: 'ok' })
  })
})

test('to add a server by another of its names gives it no second rank', async () => {
  await h104('ns1.example.net', '')
  expect(await type('holdfast order recdns --add NS1.example.net')).toMatchObject({ code: 0 })
  expect(readFileSync(file, 'utf8')).toBe('ns1\nns2\n#ns3\n')
})

test('a server that is new has the order know it once the remedy is typed', async () => {
  const tables = '[servers.ns1]\n[servers.ns2]\n[servers.ns3]\n[servers.ns4]\n'
  const before = (await h104('NS4', tables)) as Trouble
  expect(before.kind).toBe('trouble')
  const typed = before.remedy.filter((line) => line.startsWith('holdfast '))
  expect(typed).toEqual(['holdfast order recdns --add ns4'])
  for (const line of typed) expect(await type(line)).toMatchObject({ code: 0 })
  expect(await h104('NS4', tables)).toMatchObject({ kind: 'ok' })
})

test('one that has no table gets the table first, for the order takes no other', async () => {
  const tables = '[servers.ns1]\n[servers.ns2]\n[servers.ns3]\n'
  const { remedy } = (await h104('ns4', tables)) as Trouble
  const [rename, table, add = ''] = remedy
  expect(rename).toContain('set [server] name')
  expect(table).toContain('add [servers.ns4]')
  expect((await type(add)).code).toBe(1)
  await h104('ns4', `${tables}[servers.ns4]\n`)
  expect(await type(add)).toMatchObject({ code: 0 })
  expect(await h104('ns4', `${tables}[servers.ns4]\n`)).toMatchObject({ kind: 'ok' })
})

test('one that is taken out under another of its names is told so, and is back once the remedy is typed', async () => {
  writeFileSync(file, 'ns1\n#NS3.example.net  its disk is broken\n')
  const tables = '[servers.ns1]\n[servers.ns3]\n'
  expect(await h104('ns3', tables)).toMatchObject({ kind: 'ok' })
  const { evidence, remedy } = (await found('H105', 'ns3', tables)) as Trouble
  expect(evidence).toEqual([`${file}:2: #NS3.example.net  its disk is broken`])
  for (const line of remedy) expect(await type(line)).toMatchObject({ code: 0 })
  expect(await found('H105', 'ns3', tables)).toMatchObject({ kind: 'ok' })
  expect(await found('H106', 'ns3', tables)).toMatchObject({ kind: 'ok' })
})

test('a short name that two full ones begin with is neither’s, and the line to change is told', async () => {
  writeFileSync(file, 'ns1\nns2\n')
  const tables = '[servers."ns1.a.example"]\n[servers."ns1.b.example"]\n[servers.ns2]\n'
  const { what, evidence, remedy } = (await h104('ns1.a.example', tables)) as Trouble
  expect(what).toContain('may mean this server, ns1.a.example')
  expect(evidence[0]).toStartWith(`${file}:1:1`)
  expect(remedy).toHaveLength(1)
  for (const code of ['H105', 'H106'])
    expect(await found(code, 'ns1.a.example', tables)).toMatchObject({
      kind: code === 'H105' ? 'ok' : 'skip',
    })
  writeFileSync(file, 'ns1.a.example\nns1.b.example\nns2\n')
  for (const code of ['H104', 'H105', 'H106'])
    expect(await found(code, 'ns1.a.example', tables)).toMatchObject({ kind: 'ok' })
})
