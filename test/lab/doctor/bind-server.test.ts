// A DNS server that is not there, does not run, or has lost a socket.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { BIND_CHECKS } from '../../../src/doctor/bind/checks.ts'
import { whyNoLab } from '../environment.ts'
import { createLab, type Lab } from '../lab.ts'
import type { LabServer } from '../server.ts'
import { diagnose, resultOf } from './diagnose.ts'

setDefaultTimeout(90_000)
/** An address that comes and goes by hand. */
const GUEST = '192.0.2.77'
const GUEST_V6 = '2001:db8::77'

const OWN = ['--only', ...BIND_CHECKS.map((bindCheck) => bindCheck.code)]

const inLab = test.skipIf(whyNoLab() !== null)
let lab: Lab
let s1: LabServer

beforeAll(async () => {
  if (whyNoLab() !== null) return
  lab = await createLab({ servers: ['s1'] })
  await lab.start()
  s1 = lab.server('s1')
})

afterAll(() => lab?.destroy())

/** named looks for new addresses by itself, a moment after they have come. */
const listens = (address: string) =>
  s1.named.log.waitFor(new RegExp(`interface eth0, ${address}#53`))

inLab('a sound server has none of them', async () => {
  const diagnosis = await diagnose(s1)
  expect(diagnosis.codes).toEqual([])
  expect(resultOf(diagnosis, 'H401').outcome).toMatchObject({ kind: 'ok' })
  expect(resultOf(diagnosis, 'H404').outcome).toMatchObject({ kind: 'ok' })
})

inLab('to a plain user a sound server is sound, and what is hidden from it is said', async () => {
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  const node = { exec: (command: readonly string[]) => s1.node.exec([...nobody, ...command]) }
  const diagnosis = await diagnose({ node }, ...OWN)
  expect(diagnosis.codes).toEqual([])
  for (const code of ['H403', 'H406'])
    expect(JSON.stringify(resultOf(diagnosis, code).outcome)).toContain('needs root')
  expect(resultOf(diagnosis, 'H404').outcome.kind).toBe('ok')
})

for (const address of [GUEST, GUEST_V6]) {
  inLab(
    `H403, H404: a TCP socket of ${address} that another program had when it came`,
    async () => {
      const squatter = await s1.stealTcpPort(address)
      await s1.addAddress(address)
      await s1.named.log.waitFor(/creating TCP socket: address in use/)
      await listens(address)
      const taken = await diagnose(s1)
      expect(taken.codes).toEqual(['H403'])
      const { outcome } = resultOf(taken, 'H403')
      expect(outcome).toMatchObject({ kind: 'fail' })
      expect(JSON.stringify(outcome)).toContain(`perl (process `)

      await squatter.release()
      const lost = await diagnose(s1)
      expect(lost.codes).toEqual(['H404'])
      expect(JSON.stringify(resultOf(lost, 'H404').outcome)).toContain(`tcp/${address}`)

      // As the remedy has it: the address goes and comes again.
      await s1.removeAddress(address)
      const from = s1.named.log.lines.length
      await s1.addAddress(address)
      await s1.named.log.waitFor(new RegExp(`interface eth0, ${address}#53`), { from })
      expect((await diagnose(s1, '--only', 'H404')).codes).toEqual([])
      await s1.removeAddress(address)
    },
  )
}

inLab('H402: named does not run', async () => {
  await s1.named.kill()
  expect((await diagnose(s1)).codes).toEqual(['H402'])
})

inLab('H401: named is not installed', async () => {
  await s1.node.run(['mount', '--bind', '/dev/null', '/usr/sbin/named'])
  expect((await diagnose(s1)).codes).toEqual(['H401'])
  await s1.node.run(['umount', '/usr/sbin/named'])
})

inLab('another server in its place is no trouble of its own', async () => {
  const other = await s1.startHostile('silent')
  const diagnosis = await diagnose(s1, '--only', 'H401', 'H402', 'H403', 'H404')
  expect(diagnosis.codes).toEqual([])
  expect(resultOf(diagnosis, 'H402').outcome.kind).toBe('ok')
  await other.kill()
  await s1.named.start()
  expect((await diagnose(s1, '--only', 'H402')).codes).toEqual([])
})
