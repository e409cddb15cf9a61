// holdfast-marks under systemd: the rules are there after a boot, and after a firewall has come anew.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoMachines } from './environment.ts'
import type { Machine } from './machine.ts'
import { createMachines, type Machines } from './machines.ts'

setDefaultTimeout(300_000)
const UNIT = 'holdfast-marks.service'
const RULES = '/etc/holdfast/balancer.nft'
/** What render-config makes for one real server; the tests of its rendering have all of it. */
const BALANCER = `table inet holdfast_balancer
delete table inet holdfast_balancer
table inet holdfast_balancer {
  chain output {
    type filter hook output priority mangle; policy accept;
    ip daddr { 192.0.2.53 } udp dport 53 meta mark set udp sport map { 20000-20127 : 20000 }
  }
}
`

describe.skipIf(whyNoMachines() !== null)('the marks of a balancer', () => {
  let machines: Machines
  let machine: Machine

  beforeAll(async () => {
    machines = await createMachines({ names: ['lb1'], layer: 'ready' })
    machine = machines.all[0] as Machine
    machine.write(RULES, BALANCER)
    const source = `/srv/holdfast/roles/holdfast/files/${UNIT}`
    await machine.run(['install', '-m', '0644', source, `/etc/systemd/system/${UNIT}`])
    await machine.run(['systemctl', 'daemon-reload'])
    await machine.run(['systemctl', 'enable', '--quiet', 'nftables', UNIT])
    await machine.run(['systemctl', 'start', UNIT])
  })
  afterAll(() => machines?.destroy())

  const tables = async () =>
    (await machine.run(['nft', 'list', 'tables'])).trim().split('\n').toSorted()
  const BOTH = ['table inet filter', 'table inet holdfast_balancer']

  test('systemd finds nothing to correct in the unit', async () => {
    const verified = await machine.exec(['systemd-analyze', 'verify', '--man=no', UNIT])
    expect(verified).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('are there after a boot, beside Debian’s own ruleset', async () => {
    await machine.reboot()
    expect(await machine.run(['systemctl', 'is-active', UNIT])).toBe('active\n')
    expect(await tables()).toEqual(BOTH)
  })

  test.each(['restart', 'reload'])('are there after a %s of nftables', async (verb) => {
    await machine.run(['nft', 'flush', 'ruleset'])
    await machine.run(['systemctl', verb, 'nftables'])
    // systemctl waits for the unit that it was told, and not for one that goes along.
    for (const endMs = Date.now() + 30_000; Date.now() < endMs; await Bun.sleep(20))
      if ((await tables()).length === BOTH.length) break
    expect(await tables()).toEqual(BOTH)
  })

  test('a host without rules of its own is no failed one', async () => {
    await machine.run(['rm', RULES])
    await machine.run(['systemctl', 'restart', UNIT])
    expect(await machine.run(['systemctl', '--failed', '--no-legend'])).toBe('')
  })
})
