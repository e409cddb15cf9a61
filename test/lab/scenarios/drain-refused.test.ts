// Drains that must not succeed, and what they leave: all peers dead, a takeover that is prevented.
import { expect } from 'bun:test'
import { expectExit, holdfast, lostText, maintenance, modeOf } from '../maintenance.ts'

/** VRRP is IP protocol 112 (RFC 9568 section 5.1.1.4). */
const SAY_NOTHING = 'chain output { type filter hook output priority 0; ip protocol 112 drop; }'

maintenance('drain with all peers dead', { onLoopback: true }, async (lab) => {
  const [s1, s2, s3] = lab.servers
  if (s1 === undefined || s2 === undefined || s3 === undefined) throw new Error('three servers')
  await Promise.all([s2.named.kill(), s3.named.kill()])
  const client = await lab.client.start()
  const refused = await expectExit(1, s1, 'drain')
  console.log(refused)
  expect(refused).toContain('no other server of recdns can take over')
  expect(modeOf(s1)).toBeNull()
  const forced = await expectExit(0, s1, 'drain', '--force', '--reason', 'fire')
  console.log(forced)
  expect(modeOf(s1)).toBe('drained')
  // Nobody else can: the last resort goes on serving.
  const report = await client.stop()
  expect(lab.observer.holders(lab.addresses[0] ?? '')).toEqual(['s1'])
  console.log(lostText(report))
  expect(report.unservedAtEnd).toBe(0)
})

maintenance('drain without [servers]', { onLoopback: true, extraToml: '' }, async (lab) => {
  const s1 = lab.server('s1')
  const refused = await expectExit(1, s1, 'drain')
  expect(refused).toContain('[servers.NAME]')
  await expectExit(0, s1, 'drain', '--force')
  expect(lab.observer.holders(lab.addresses[0] ?? '')).toEqual(['s2'])
})

for (const onLoopback of [true, false]) {
  maintenance('takeover prevented by a firewall', { onLoopback: onLoopback }, async (lab) => {
    const [s1, s2, s3] = lab.servers
    if (s1 === undefined || s2 === undefined || s3 === undefined) throw new Error('three servers')
    const client = await lab.client.start()
    await Promise.all([s2.firewall(SAY_NOTHING), s3.firewall(SAY_NOTHING)])
    const said = await expectExit(1, s1, 'drain', '--timeout', '3s', '--isolate')
    console.log(said)
    expect(said).toContain('rolled back')
    expect(modeOf(s1)).toBeNull()
    await Promise.all([s2.clearFirewall(), s3.clearFirewall()])
    await lab.settled()
    expect(s1.priority('recdns0')).toBe(250)
    await Bun.sleep(3000)
    const report = await client.stop()
    console.log(`prevented: ${lostText(report)}`)
    expect(report.unservedAtEnd).toBe(0)
  })
}

maintenance('drain by somebody who may not', { onLoopback: true }, async (lab) => {
  const s1 = lab.server('s1')
  await s1.node.run(['chgrp', 'adm', '/var/lib/holdfast'])
  await s1.node.run(['chmod', '0775', '/var/lib/holdfast'])
  const said = await s1.node.exec([
    'setpriv',
    '--reuid=nobody',
    '--regid=nogroup',
    '--clear-groups',
    'holdfast',
    'drain',
  ])
  expect(said.code).toBe(1)
  console.log(said.stdout)
  expect(said.stdout).toContain('usermod -aG adm')
  expect(modeOf(s1)).toBeNull()
  const member = [
    'setpriv',
    '--reuid=nobody',
    '--regid=nogroup',
    '--groups=adm',
    'holdfast',
    'drain',
  ]
  const done = await s1.node.exec(member)
  console.log(done.stdout)
  expect(done.code).toBe(0)
  expect(done.stdout).toContain('only root may ask keepalived')
  expect(lab.observer.holders(lab.addresses[0] ?? '')).toEqual(['s2'])
  const { code } = await holdfast(s1, 'undrain')
  expect(code).toBe(0)
})
