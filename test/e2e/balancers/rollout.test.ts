// A rollout to a pair of balancers and the real servers behind them; the balancers' kernel has IPVS.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseIpvs } from '../../../src/balancer/ipvs-table.ts'
import { DOCTOR_EXIT } from '../../../src/cli/exit-code.ts'
import type { Completed } from '../../lab/process.ts'
import { whyNoRollout } from '../environment.ts'
import { whyNoComputer } from './computer.ts'
import { type BalancerName, createSite, type Play, type Site, UNABLE } from './site.ts'

setDefaultTimeout(1_200_000)

const VIRTUAL = ['192.0.2.53', '2001:db8::53'] as const
const PAIR: readonly BalancerName[] = ['lb1', 'lb2']
const NOBODY = { ns1: 0, ns2: 0 }
/** How often a doctor is asked that did not get to look at everything in time. */
const MAX_TRIES = 5

/** Fails with all that was said unless the play came to a good end; returns what changed where. */
function changes({ code, text, recap }: Play): Record<string, number> {
  if (code !== 0) throw new Error(`exit ${code}\n${text}`)
  return Object.fromEntries(Object.entries(recap).map(([host, { changed }]) => [host, changed]))
}

/** Two emulated processors need eight minutes for their first rollout, and half of that to change nothing. */
const isTooLong = process.env.HOLDFAST_LONG !== '1'

describe.skipIf(whyNoRollout() !== null)('behind balancers', () => {
  let site: Site
  beforeAll(async () => {
    site = await createSite()
  })
  afterAll(() => site?.destroy())

  const able = existsSync('/sys/module/ip_vs')
  test.skipIf(able)('a kernel without IPVS is refused before anything is touched', async () => {
    const { v4, v6, run } = site.machines.machine(UNABLE)
    const host = { ansible_host: v4, holdfast_addresses: [v4, v6] }
    const more = join(site.inventory, 'more.yml')
    writeFileSync(more, JSON.stringify({ balancers: { hosts: { [UNABLE]: host } } }))
    const play = await site.play('site.yml', `--limit=${UNABLE}`)
    rmSync(more)
    expect({ code: play.code, text: play.text }).toEqual({
      code: 2,
      text: expect.stringMatching(/The kernel of unable cannot balance: .*ip_vs/),
    })
    await run(['test', '!', '-e', '/etc/holdfast'])
    await run(['test', '!', '-e', '/usr/local/lib/holdfast'])
  })

  test('real servers get BIND and addresses that stand, and no keepalived', async () => {
    const said = changes(await site.play('site.yml', '--limit=real_servers'))
    expect(Object.keys(said)).toEqual(['ns1', 'ns2'])
    for (const host of site.realServers) {
      const lo = await host.run(['ip', '-o', 'address', 'show', 'dev', 'lo'])
      for (const address of VIRTUAL) expect(lo).toContain(` ${address}/`)
      expect((await host.run(['sysctl', '-n', 'net.ipv4.conf.all.arp_ignore'])).trim()).toBe('1')
      expect((await host.exec(['test', '-e', '/etc/keepalived'])).code).toBe(1)
      const status = JSON.parse(await host.run(['holdfast', 'status', '--json']))
      expect(status).toMatchObject({ health: 'healthy', override: null })
    }
    const again = await site.play('site.yml', '--limit=real_servers')
    expect(changes(again)).toEqual(NOBODY)
  })

  describe.skipIf(isTooLong || whyNoComputer() !== null)('on a kernel with IPVS', () => {
    /** An emulated processor that has more to do does not get through all checks in their time. */
    async function diagnosed(name: BalancerName): Promise<Completed> {
      for (let tries = 1; ; tries++) {
        const completed = await site.on(name, 'holdfast doctor --quiet')
        if (completed.code !== DOCTOR_EXIT.unknown || tries === MAX_TRIES) return completed
      }
    }

    test('bare balancers converge', async () => {
      await site.boot(...PAIR)
      const play = await site.play('site.yml', '--limit=balancers')
      console.log(`the first rollout to two emulated balancers took ${play.tookS} s`)
      expect(Object.keys(changes(play))).toEqual([...PAIR])
      for (const name of PAIR) {
        const table = parseIpvs(await site.run(name, 'cat /proc/net/ip_vs'))
        const halves = table.filter((ipvsService) =>
          VIRTUAL.some((address) => address === ipvsService.address),
        )
        expect(halves.map((half) => `${half.protocol} ${half.address}`).toSorted()).toEqual(
          ['TCP', 'UDP'].flatMap((text) => VIRTUAL.map((address) => `${text} ${address}`)),
        )
        for (const { destinations } of halves)
          expect(destinations.map((destination) => destination.weight).toSorted()).toEqual([
            100, 50,
          ])
        const settings = 'net.ipv4.vs.expire_nodest_conn net.ipv4.vs.expire_quiescent_template'
        expect(await site.run(name, `sysctl -n ${settings}`)).toBe('1\n1\n')
        expect(await site.run(name, 'cat /etc/modules-load.d/holdfast.conf')).toContain('ip_vs_wrr')
        const { code, stdout } = await diagnosed(name)
        expect(code, stdout).toBeLessThan(DOCTOR_EXIT.failures)
      }
    })

    test('clients are answered at the virtual addresses, over UDP and TCP', async () => {
      for (const address of VIRTUAL)
        for (const flag of ['+notcp', '+tcp']) {
          const query = ['dig', '+short', flag, `@${address}`, 'probe.holdfast.invalid', 'SOA']
          expect(await site.machines.fleet.run(query)).not.toBe('')
        }
    })

    test('a second run changes nothing, and drains nothing', async () => {
      const play = await site.play('site.yml')
      console.log(`a run over all four that changes nothing took ${play.tookS} s`)
      expect(changes(play)).toEqual({ ...NOBODY, lb1: 0, lb2: 0 })
    })

    test('the role of balancers alone finds them as they should be', async () => {
      const path = join(site.folder, 'balancer.yml')
      writeFileSync(path, '- hosts: balancers\n  become: true\n  roles: [balancer]\n')
      expect(changes(await site.play(path))).toEqual({ lb1: 0, lb2: 0 })
    })
  })
})
