// The guest is one: it boots, has IPVS in each namespace, and a balancer in it balances.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Balancers, createBalancers, startKeepalived, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'

const PROTOCOLS = ['UDP', 'TCP'] as const

function virtualServers(addresses: readonly string[], realServers: readonly string[]): string {
  const blocks = PROTOCOLS.flatMap((protocol) =>
    addresses.map((address) => {
      const family = address.includes(':') ? ':' : '.'
      const reals = realServers.filter((real) => real.includes(family))
      return `virtual_server ${address} 53 {
  protocol ${protocol}
  lvs_method DR
  lvs_sched rr
${reals.map((real) => `  real_server ${real} 53 { weight 1 }\n`).join('')}}\n`
    }),
  )
  return blocks.join('')
}

inGuest(import.meta.path, () => {
  let lab: Balancers
  beforeAll(async () => {
    lab = await createBalancers()
  }, 120_000)
  afterAll(() => lab?.destroy())

  test('a balancer serves by direct routing, over UDP and TCP, IPv4 and IPv6', async () => {
    const [lb1] = lab.balancers
    const addresses = Object.values(VIRTUAL)
    await lb1.node.run(['ip', 'address', 'add', `${VIRTUAL.v4}/32`, 'dev', 'eth0'])
    await lb1.node.run(['ip', 'address', 'add', `${VIRTUAL.v6}/128`, 'dev', 'eth0', 'nodad'])
    const reals = lab.realServers.flatMap((it) => [it.v4, it.v6])
    await startKeepalived(lb1, virtualServers(addresses, reals))
    for (const address of addresses) {
      for (const transport of ['+notcp', '+tcp']) {
        const answers: string[] = []
        for (const _ of lab.realServers) {
          const dig = ['dig', '+short', '+tries=1', transport, `@${address}`, 'whoami.lab', 'TXT']
          answers.push((await lab.client.run(dig)).trim())
        }
        expect(answers.sort()).toEqual(['"rs1"', '"rs2"', '"rs3"'])
      }
    }
  })

  test('each balancer has a table of its own', async () => {
    const [lb1, lb2] = lab.balancers
    expect((await lb1.table()).match(/^(UDP|TCP) /gm)?.length).toBe(4)
    expect((await lb2.table()).match(/^(UDP|TCP) /gm)).toBeNull()
  })
})
