// Status documents for tests: a healthy one of this moment and this boot, and what differs from it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceStatus, StatusDocument } from '../../src/documents/status-document.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

/** Long enough that no test sees it expire. */
const VALID_MS = 600_000

export const INSTANCE: InstanceStatus = {
  name: 'recdns0',
  cluster: 'recdns',
  rank: 2,
  of: 3,
  state: 'healthy',
  priority: 200,
  holding: false,
  addresses: ['192.0.2.53'],
}

/** A fresh, healthy document with one instance and two endpoints. */
export function statusDocument(differences: Partial<StatusDocument> = {}): StatusDocument {
  const bootMs = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000
  return {
    format: 1,
    version: '0.1.0',
    server: 'dns1',
    pid: 1,
    boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    written_boot_ms: bootMs,
    valid_until_boot_ms: bootMs + VALID_MS,
    written_at: '2026-01-01T00:00:00.000Z',
    health: 'healthy',
    health_since: '2026-01-01T00:00:00.000Z',
    may_serve: true,
    reasons: [],
    causes: [],
    override: null,
    flap: {
      cycle_mode: 'spread',
      failures: 0,
      passes: 5,
      backoff_ms: 1000,
      backoff_hold_ms: 0,
      next_cycle_ms: 100,
      cycles: 5,
      repeat_failures: 0,
      probation_ms: 0,
    },
    instances: [INSTANCE],
    upstreams: [],
    endpoints: [endpoint('udp/192.0.2.1', 'ok', 1.25), endpoint('tcp/192.0.2.1', 'ok', 2.5)],
    addresses: [],
    complaints: [],
    ...differences,
  }
}

export function endpoint(
  name: string,
  outcome: StatusDocument['endpoints'][number]['outcome'],
  latencyMs: number | null,
): StatusDocument['endpoints'][number] {
  const at = '2026-01-01T00:00:00.000Z'
  return {
    endpoint: name,
    interface: 'eth0',
    outcome,
    latency_ms: latencyMs,
    late_ms: 50,
    at,
    ignored: false,
  }
}

/** A document that expired a second ago. */
export function staleDocument(): StatusDocument {
  const fresh = statusDocument()
  return {
    ...fresh,
    written_boot_ms: fresh.written_boot_ms - 5000,
    valid_until_boot_ms: fresh.written_boot_ms - 1000,
  }
}

/** A new run directory that holds this status, if any. */
export function makeRunDir(status?: StatusDocument | string): TemporaryFolder {
  const folder = temporaryFolder()
  if (status !== undefined) {
    const text = typeof status === 'string' ? status : JSON.stringify(status)
    writeFileSync(join(folder.path, 'status.json'), text)
  }
  return folder
}
