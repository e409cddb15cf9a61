// Asks other servers their questions, at a bounded rate, and each lost one again.
import { isAnswered } from '../core/outcome.ts'
import type { PeerAnswer, PeerQuestion } from '../drain/peers.ts'
import type { Clock, Prober } from '../ports.ts'
import { pause } from './pause.ts'

/** Queries start no closer than this: fifty a second, whatever the number of servers. */
const GAP_MS = 20
/** One lost datagram is no dead server. */
const TRIES = 3

/** Asks all questions, and resolves when each has been answered or given up. Never rejects. */
export async function queryPeers(
  questions: readonly PeerQuestion[],
  { clock, prober }: { readonly clock: Clock; readonly prober: Prober },
): Promise<readonly PeerAnswer[]> {
  const answers: Promise<PeerAnswer>[] = []
  for (const question of questions) {
    if (answers.length > 0) await pause(clock, GAP_MS)
    answers.push(askPatiently(question, clock, prober))
  }
  return Promise.all(answers)
}

async function askPatiently(
  asked: PeerQuestion,
  clock: Clock,
  prober: Prober,
): Promise<PeerAnswer> {
  const { address, family, transport, question, expect, timeoutMs } = asked
  const endpoint = { address, family, transport }
  for (let tries = 1; ; tries++) {
    const answer = await prober.ask({ endpoint, question, expect, timeoutMs })
    if (isAnswered(answer.outcome) || tries === TRIES) return { ...asked, ...answer }
    await pause(clock, GAP_MS)
  }
}
