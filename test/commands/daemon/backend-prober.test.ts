// How a real server is asked where IPVS leads nobody to it: at its own address, and nowhere else.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { createClock } from '../../../src/adapters/clock.ts'
import { IPVS_TABLE } from '../../../src/balancer/ipvs-table.ts'
import { backendProber, ipvsReader } from '../../../src/commands/daemon/daemon-balancer.ts'
import { backendsOf } from '../../../src/config/balancer-backends.ts'
import type { BalancerConfig } from '../../../src/config/balancer-table.ts'
import { goodAnswer, startFakeResolver } from '../../adapters/prober/fake-resolver.ts'
import { madeBalancer, madeService } from '../../balancer/made-balancer.ts'

const OWN = '127.0.0.1'
const VIRTUAL = '127.0.0.2'

function balancerAt(port: number): BalancerConfig {
  const at = (address: string) => [{ family: 4 as const, address }]
  const servers = [{ name: 'ns1', addresses: at(OWN), weight: 100 }]
  return madeBalancer([madeService({ name: 'recdns', addresses: at(VIRTUAL), port, servers })], {
    ...{ source: at('127.0.0.3'), checkVirtual: true, checkPorts: 24_200 },
  })
}

async function outcomes() {
  const udp = ({ bytes, reply }: { bytes: Uint8Array; reply(answer: Uint8Array): void }) =>
    reply(goodAnswer(bytes))
  await using resolver = await startFakeResolver(OWN, { udp })
  const balancer = balancerAt(resolver.port)
  const [backend] = backendsOf(balancer)
  if (backend === undefined) throw new Error('no backend')
  const clock = createClock()
  const prober = backendProber(clock, backend, balancer, ipvsReader(clock))
  const answers = [OWN, VIRTUAL].map((address) =>
    prober.ask({
      endpoint: { transport: 'udp', address, family: 4 },
      question: { name: 'www.example.com', type: 'A', class: 'IN' },
      expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
      timeoutMs: 10_000,
    }),
  )
  return (await Promise.all(answers)).map(({ outcome }) => outcome)
}

test.skipIf(existsSync(IPVS_TABLE))(
  'what would answer at the virtual address is not taken for it where IPVS has no part in it',
  async () => expect(await outcomes()).toEqual(['ok', 'address-gone']),
)
