// Made-up events, states and channels for tests of notify.
import type { SendmailChannel, SmtpChannel } from '../../src/config/notify-table.ts'
import type { SpooledEvent } from '../../src/documents/spooled-event.ts'
import type { SeenOverride, StatusSnapshot } from '../../src/documents/status-snapshot.ts'
import type { CurrentInstance, CurrentState } from '../../src/notify/current-state.ts'

/** Midnight of the night of which the tests tell. */
export const MIDNIGHT_MS = Date.UTC(2026, 10, 21)

export const SNAPSHOT: StatusSnapshot = {
  health: 'healthy',
  staleness: null,
  daemon: 'running',
  reasons: [],
  override: null,
  state: 'healthy',
}

export const FAILED: StatusSnapshot = {
  ...SNAPSHOT,
  health: 'failed',
  reasons: ['udp/192.0.2.53 127.in-addr.arpa SOA: timeout (no answer in time)'],
  state: 'failed',
}

export const DRAINED: SeenOverride = { mode: 'drained', by: 'root', reason: 'new disk' }

let made = 0

/** An event at a time after midnight. */
export function madeEvent(
  atMs: number,
  state: SpooledEvent['state'],
  differences: Partial<SpooledEvent> = {},
): SpooledEvent {
  made += 1
  const wallMs = MIDNIGHT_MS + atMs
  const id = `${String(wallMs).padStart(15, '0')}-0000-${made.toString(16).padStart(12, '0')}`
  const base = { id, subject: 'INSTANCE', name: 'recdns0', state, priority: 250 } as const
  return { ...base, wallMs, bootMs: atMs, bootId: 'boot', snapshot: SNAPSHOT, ...differences }
}

export const RECDNS0: CurrentInstance = {
  name: 'recdns0',
  cluster: 'recdns',
  addresses: ['192.0.2.53', '2001:db8::53'],
  holding: false,
  state: 'healthy',
  rank: 2,
  order: ['ns1', 'ns2', 'ns3'],
}

export const RECDNS1: CurrentInstance = {
  ...RECDNS0,
  name: 'recdns1',
  addresses: ['192.0.2.54'],
  order: ['ns3', 'ns2', 'ns1'],
}

export const CURRENT_STATE: CurrentState = {
  server: 'ns2',
  decided: true,
  health: 'healthy',
  sinceMs: 0,
  reasons: [],
  override: null,
  instances: [RECDNS0, RECDNS1],
  tried: [],
  question: '127.in-addr.arpa SOA',
  pool: null,
}

/** The current state with these instances' addresses here, and no others'. */
export function holding(
  names: readonly string[],
  differences: Partial<CurrentState> = {},
): CurrentState {
  const instances = CURRENT_STATE.instances.map((instance) => ({
    ...instance,
    holding: names.includes(instance.name),
  }))
  return { ...CURRENT_STATE, instances, ...differences }
}

export const MAIL: SendmailChannel = {
  name: 'mail',
  type: 'sendmail',
  events: ['master', 'dead', 'fault', 'stop', 'planned', 'backend', 'service'],
  timeoutMs: 30_000,
  retryMinMs: 10_000,
  retryMaxMs: 600_000,
  expireAfterMs: 86_400_000,
  from: 'holdfast',
  to: ['root'],
  command: ['/usr/sbin/sendmail', '-t', '-oi'],
}

/** What [notify] alone stands for. */
export const LOCAL: SmtpChannel = {
  ...(({ command: _, ...rest }) => rest)(MAIL),
  type: 'smtp',
  server: '127.0.0.1',
  isLocal: true,
  port: 25,
  security: 'none',
  tlsName: null,
  caFile: null,
  login: null,
}

export const PACE = { groupWaitMs: 2000, groupIntervalMs: 60_000, maxPerHour: 20 }
