// Hosts that are made up, for what must hold on any host.

import type { Host } from '../../src/doctor/host.ts'
import type { Inspector } from '../../src/ports.ts'

const MISSING = { ok: false, why: 'missing', error: 'there is no such thing' } as const

/** A host on which there is nothing at all, but for what the test says. */
export function emptyHost(parts: Partial<Inspector> = {}): Host {
  const inspect: Inspector = {
    uid: 0,
    env: {},
    clock: {
      nowMs: () => performance.now(),
      wallMs: () => Date.now(),
      bootMs: () => 1_000_000,
      bootId: '00000000-0000-4000-8000-000000000000',
    },
    text: () => MISSING,
    stat: () => MISSING,
    list: () => MISSING,
    link: () => MISSING,
    real: () => MISSING,
    space: () => MISSING,
    run: async () => MISSING,
    prober: { ask: async () => ({ outcome: 'timeout', latencyMs: 1 }) },
    keepalivedDump: async () => MISSING,
    ...parts,
  }
  return {
    inspect,
    paths: {
      configFile: '/etc/holdfast/holdfast.toml',
      keepalivedConf: '/etc/keepalived/keepalived.conf',
      namedConf: '/etc/bind/named.conf',
    },
    version: '0.0.0',
  }
}
