// One short way to ask the prober; runs on Deno as well.
import { createProber } from '../../../src/adapters/prober.ts'
import type { Expectation, Question, Transport } from '../../../src/dns/probe.ts'
import type { Answer } from '../../../src/ports.ts'

export interface Asking {
  readonly address?: string
  readonly transport?: Transport
  readonly timeoutMs?: number
  readonly question?: Partial<Question>
  readonly expect?: Partial<Expectation>
}

/** Long enough that no test on a busy machine runs into it unless it means to. */
const GENEROUS_MS = 10_000

const QUESTION: Question = { name: 'www.example.com', type: 'A', class: 'IN' }
const EXPECT: Expectation = { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 }

/** Asks the port; by default over UDP at 127.0.0.1 for an address of www.example.com. */
export function ask(port: number, asking: Asking = {}): Promise<Answer> {
  const { address = '127.0.0.1', transport = 'udp', timeoutMs = GENEROUS_MS } = asking
  return createProber({ clock: { nowMs: () => performance.now() }, port }).ask({
    endpoint: { transport, address, family: address.includes(':') ? 6 : 4 },
    question: { ...QUESTION, ...asking.question },
    expect: { ...EXPECT, ...asking.expect },
    timeoutMs,
  })
}
