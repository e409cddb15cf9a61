// Runs in a network namespace of its own: takes addresses away under the prober, and prints what it
// said as one line of JSON. Runs on Bun and on Deno.
import { spawnSync } from 'node:child_process'
import type { Transport } from '../../../src/dns/probe.ts'
import { ask } from './ask.ts'
import { framed, goodAnswer, startFakeResolver } from './fake-resolver.ts'

const ADDRESSES = [
  { address: '192.0.2.1', prefix: '192.0.2.1/24' },
  { address: '2001:db8::1', prefix: '2001:db8::1/64' },
  { address: 'fe80::99%v0', prefix: 'fe80::99/64' },
] as const

type LocalAddress = (typeof ADDRESSES)[number]

const outcomes: Record<string, string> = {}

function ip(words: string): void {
  const run = spawnSync('ip', words.split(' '), { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`ip ${words}: ${run.stderr}`)
}

function add({ prefix }: LocalAddress): void {
  ip(`address add ${prefix} dev v0${prefix.includes(':') ? ' nodad' : ''}`)
}

/** Answers the first query, and takes the address away when the second one comes. */
async function followOne(local: LocalAddress, transport: Transport): Promise<void> {
  const { address, prefix } = local
  let queries = 0
  const answers = (): boolean => {
    queries += 1
    if (queries === 2) ip(`address del ${prefix} dev v0`)
    return queries === 1
  }
  await using resolver = await startFakeResolver(address.includes(':') ? '::' : '0.0.0.0', {
    udp: ({ bytes, reply }) => answers() && reply(goodAnswer(bytes)),
    tcp: ({ bytes, socket }) => answers() && socket.write(framed(goodAnswer(bytes))),
  })
  const record = async (when: string, timeoutMs: number) => {
    const { outcome, detail } = await ask(resolver.port, { address, transport, timeoutMs })
    outcomes[`${transport}/${address} ${when}`] =
      detail === undefined ? outcome : `${outcome}: ${detail}`
  }
  await record('while it is here', 10_000)
  await record('as it goes', 300)
  await record('after it went', 10_000)
  add(local)
}

ip('link set lo up')
ip('link add v0 type veth peer name v1')
ip('link set v0 up')
ip('link set v1 up')
for (const local of ADDRESSES) add(local)
for (const transport of ['udp', 'tcp'] as const) {
  for (const local of ADDRESSES) {
    // Deno can neither bind nor connect TCP to an address with a zone.
    if ('Deno' in globalThis && transport === 'tcp' && local.address.includes('%')) continue
    await followOne(local, transport)
  }
}
ip('link del v0')
for (const transport of ['udp', 'tcp'] as const) {
  for (const { address } of ADDRESSES) {
    const { outcome } = await ask(53, { address, transport })
    outcomes[`${transport}/${address} without its interface`] = outcome
  }
}
console.log(JSON.stringify(outcomes))
