// Asks a fake resolver what matters most, and prints the outcomes as one line of JSON; for Deno.
import { createSocket } from 'node:dgram'
import { type Asking, ask } from './ask.ts'
import {
  type Behaviour,
  closedPort,
  framed,
  goodAnswer,
  startFakeResolver,
} from './fake-resolver.ts'

const ADDRESS = '127.0.0.1'
const SHORT_MS = 200
const outcomes: Record<string, string> = {}

async function record(what: string, behaviour: Behaviour, asking: Asking): Promise<void> {
  await using resolver = await startFakeResolver(ADDRESS, behaviour)
  outcomes[`${asking.transport}: ${what}`] = (await ask(resolver.port, asking)).outcome
}

const truncated = 0x380
const udp = { transport: 'udp' } as const
const tcp = { transport: 'tcp' } as const
const shortly = { timeoutMs: SHORT_MS }
const good: Behaviour = {
  udp: ({ bytes, reply }) => reply(goodAnswer(bytes)),
  tcp: ({ bytes, socket }) => socket.write(framed(goodAnswer(bytes))),
}

await record('a good answer', good, udp)
await record('a good answer', good, tcp)
await record(
  'truncated, then good over TCP',
  { ...good, udp: ({ bytes, reply }) => reply(goodAnswer(bytes, truncated)) },
  udp,
)
await record('silence', {}, { ...udp, ...shortly })
await record('silence', {}, { ...tcp, ...shortly })

const stranger = createSocket('udp4')
await new Promise<void>((resolve) => stranger.bind({ address: ADDRESS, port: 0 }, resolve))
await record(
  'a stranger answers',
  { udp: ({ bytes, from }) => stranger.send(goodAnswer(bytes), from.port, from.address) },
  { ...udp, ...shortly },
)
stranger.close()

await record('garbage with our id', { udp: ({ bytes, reply }) => reply(bytes.slice(0, 9)) }, udp)
await record('an early end', { tcp: ({ socket }) => socket.end() }, tcp)

const nobody = await closedPort(ADDRESS)
for (const way of [udp, tcp]) {
  const closed = await ask(nobody, { ...way, ...shortly })
  outcomes[`${way.transport}: a closed port`] = closed.outcome
  const elsewhere = await ask(53, { ...way, address: '198.51.100.77' })
  outcomes[`${way.transport}: an address of another host`] = elsewhere.outcome
}
console.log(JSON.stringify(outcomes))
