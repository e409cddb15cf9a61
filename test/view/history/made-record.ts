// Records for the tests of the history: lines as a daemon writes them, a second after the other.

import type { HistoryLine, RecordedConfig } from '../../../src/documents/history-lines.ts'
import { historyText } from '../../../src/documents/history-lines.ts'
import { parseHistory } from '../../../src/documents/lives.ts'
import { type Occurrence, timelineOf } from '../../../src/view/history/occurrences.ts'

/** 2026-11-21 13:00 UTC. */
export const BEGIN_MS = Date.UTC(2026, 10, 21, 13)

const CONFIG = {
  server: { name: 'ns1' },
  clusters: [
    {
      name: 'recdns',
      orderFile: '/etc/holdfast/order/recdns',
      instances: [
        { name: 'recdns0', addresses: ['192.0.2.53', '2001:db8::53'], reverseOrder: false },
      ],
    },
  ],
  groups: [
    { name: 'local', probes: [{ question: { name: 'localhost', type: 'A', class: 'IN' } }] },
  ],
  addresses: {},
  timing: { checkIntervalMs: 1000 },
  flap: {},
} as unknown as RecordedConfig

export const start = (nowMs: number, wallMs = BEGIN_MS + nowMs): HistoryLine => ({
  kind: 'start',
  version: 1,
  nowMs,
  wallMs,
  config: CONFIG,
  state: null,
})

export const resumed = (nowMs: number, serverState = 'healthy'): HistoryLine =>
  ({ ...start(nowMs), state: { state: serverState } }) as unknown as HistoryLine

export const serverState = (
  nowMs: number,
  worth: 'healthy' | 'failed' | 'probation' | 'drained',
  ...reasons: readonly string[]
): HistoryLine => ({ kind: 'state', nowMs, state: worth, reasons })

export const addresses = (nowMs: number, ...list: readonly string[]): HistoryLine => ({
  kind: 'addresses',
  nowMs,
  addresses: list.map((address) => ({
    address,
    family: 4,
    interface: address.startsWith('127.') ? 'lo' : 'eth0',
    loopback: address.startsWith('127.'),
    state: 'ready',
    sinceMs: null,
  })),
  removed: [],
})

export const order = (nowMs: number, ...servers: readonly string[]): HistoryLine => ({
  kind: 'order',
  nowMs,
  cluster: 'recdns',
  servers,
})

export const OVERRIDE = {
  mode: 'drained',
  by: 'root',
  reason: 'kernel update',
  sinceWallMs: BEGIN_MS,
  untilWallMs: null,
} as const

/** What is told of these lines; garbage may be among them. */
export function timelineFrom(
  lines: readonly (HistoryLine | string)[],
  nowMs = BEGIN_MS + 60_000,
): Occurrence[] {
  const text = lines.map((line) => (typeof line === 'string' ? line : historyText(line))).join('\n')
  return timelineOf(parseHistory(text).lives, nowMs)
}
