// Asks more at once than this process may open sockets, then once more; prints the outcomes.
import type { Answer } from '../../../src/ports.ts'
import { ask } from './ask.ts'
import { framed, goodAnswer, startFakeResolver } from './fake-resolver.ts'

const AT_ONCE = 200
const tallies: Record<string, Record<string, number>> = {}

function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

for (const transport of ['udp', 'tcp'] as const) {
  await using resolver = await startFakeResolver('127.0.0.1', {
    udp: ({ bytes, reply }) => reply(goodAnswer(bytes)),
    tcp: ({ bytes, socket }) => socket.end(framed(goodAnswer(bytes))),
  })
  const asking = { transport, timeoutMs: 500 }
  const asked = Array.from({ length: AT_ONCE }, () => ask(resolver.port, asking))
  tallies[transport] = tally(await Promise.all(asked))
  tallies[`${transport} afterwards`] = tally([await ask(resolver.port, asking)])
}
console.log(JSON.stringify(tallies))
