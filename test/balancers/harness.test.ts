// The guest is one: it boots, has IPVS in each namespace, and a balancer in it balances.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  type Balancer,
  type Balancers,
  createBalancers,
  startKeepalived,
  VIRTUAL,
} from './balancers.ts'
import { inGuest } from './in-guest.ts'

const CEILING_MS = 20_000
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

/** Two halves of one real server that follow one file; the folder must be there at the start. */
const FOLLOWING = `track_file rs1 {
  file /run/holdfast/rs1
  weight 1
}
${PROTOCOLS.map(
  (protocol) => `virtual_server ${VIRTUAL.v4} 53 {
  protocol ${protocol}
  lvs_method DR
  lvs_sched wrr
  real_server 192.0.2.31 53 {
    weight 0
    FILE_CHECK {
      track_file rs1
      weight 1
    }
  }
}
`,
).join('')}`

/** The weight of the only real server in each half: its fourth column. */
async function weights(balancer: Balancer): Promise<string[]> {
  const table = await balancer.table()
  return [...table.matchAll(/^ {2}-> \S+\d\s+Route\s+(\d+)/gm)].map(([, weight]) => weight ?? '')
}

async function untilWeights(balancer: Balancer, wanted: readonly string[]): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (Date.now() < deadlineMs) {
    if (Bun.deepEquals(await weights(balancer), wanted)) return
  }
  throw new Error(`the weights never became ${wanted}:\n${await balancer.table()}`)
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
    const reals = lab.realServers.flatMap((realServer) => [realServer.v4, realServer.v6])
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

  test('both halves of a real server take their weight from one file, and 0 without it', async () => {
    const [, lb2] = lab.balancers
    const file = '/run/holdfast/rs1'
    lb2.node.write(file, '5\n')
    await startKeepalived(lb2, FOLLOWING)
    await untilWeights(lb2, ['5', '5'])
    lb2.node.write(file, '0\n')
    await untilWeights(lb2, ['0', '0'])
    lb2.node.write(file, '7\n')
    await untilWeights(lb2, ['7', '7'])
    lb2.node.remove(file)
    await untilWeights(lb2, ['0', '0'])
    lb2.node.write(file, '-2147483648\n')
    await untilWeights(lb2, [])
  })
})
