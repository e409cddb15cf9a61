// `drain --backend` and `undrain --backend`: what is ordered, what is waited for, and what comes between.
import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, watch, writeFileSync } from 'node:fs'
import { encodeOverride } from '../../../src/documents/override-document.ts'
import type { BackendStatus } from '../../../src/documents/status-document.ts'
import { holdfast } from '../../support/recorder.ts'
import { makeRunDir, statusDocument } from '../../support/status.ts'
import { BALANCER } from '../../view/status/documents.ts'

const tomlIn = (path: string) => `[server]
name = "lb1"
[paths]
run_dir = "${path}"
state_dir = "${path}"
[clusters.recdns.instances.dns0]
addresses = ["192.0.2.9/24"]
[balancer.services.recdns]
addresses = ["192.0.2.9"]
[balancer.services.recdns.servers.ns1]
addresses = ["192.0.2.11"]
[balancer.services.recdns.servers.ns2]
addresses = ["192.0.2.12"]
`
const ADA = { mode: 'drained', by: 'ada', reason: '', sinceWallMs: 0, untilWallMs: null } as const

/** A balancer whose real servers are well but for these differences. */
function site(ns1: Partial<BackendStatus>, ns2: Partial<BackendStatus> = {}) {
  const [well] = BALANCER.backends ?? []
  if (well === undefined) throw new Error('there is no real server')
  const documentWith = (differences: Partial<BackendStatus>) =>
    statusDocument({
      backends: [
        { ...well, ...differences },
        { ...well, backend: 'recdns.ns2', server: 'ns2', ...ns2 },
      ],
    })
  const runDir = makeRunDir(documentWith(ns1))
  const { path } = runDir
  const config = `${path}/holdfast.toml`
  const order = `${path}/backend/recdns.ns1.json`
  writeFileSync(config, tomlIn(path))
  mkdirSync(`${path}/backend`)
  return {
    order,
    call: (command: 'drain' | 'undrain', ...flags: string[]) =>
      holdfast(command, `--config=${config}`, '--backend=ns1', ...flags),
    publish: (differences: Partial<BackendStatus>) =>
      writeFileSync(`${path}/status.json`, JSON.stringify(documentWith(differences))),
    /** Resolves once an order is there. */
    ordered: new Promise<void>((resolve) => {
      const watcher = watch(`${path}/backend`, () => {
        if (!existsSync(order)) return
        watcher.close()
        resolve()
      })
    }),
    [Symbol.dispose]: () => runDir[Symbol.dispose](),
  }
}

test('an order with an end makes none of one without', async () => {
  using balancer = site({})
  const drain = () => balancer.call('drain', '--for=10m', '--force', '--dry-run')
  const alone = await drain()
  expect(alone.out).toContain(' until ')
  writeFileSync(balancer.order, encodeOverride(ADA))
  const beside = await drain()
  expect(beside.code).toBe(0)
  expect(beside.out).toContain('would be drained by')
  expect(beside.out).not.toContain(' until ')
})

test('is done once the daemon has obeyed', async () => {
  using balancer = site({})
  const drain = balancer.call('drain')
  await balancer.ordered
  balancer.publish({ weight: 0, state: 'drained' })
  const { code, out } = await drain
  expect(code).toBe(0)
  expect(out).toContain('recdns.ns1: weight 0, no new connections')
  expect(out).toContain('recdns.ns1 is drained (')
})

test('ends at an order that comes in its place, and leaves that', async () => {
  using balancer = site({})
  const drain = balancer.call('drain')
  await balancer.ordered
  writeFileSync(balancer.order, encodeOverride(ADA))
  const { code, out } = await drain
  expect(code).toBe(1)
  expect(out).toContain('recdns.ns1: another drain replaced this one: drained by ada')
})

test('is refused where too few would be left, unless it is forced', async () => {
  using balancer = site({}, { weight: 0, state: 'failed' })
  const { code, out } = await balancer.call('drain', '--dry-run')
  expect(code).toBe(1)
  expect(out).toContain(
    'service recdns would have 0 of 2 real servers left (quorum 1)\nNothing was changed. Override: --force',
  )
  expect((await balancer.call('drain', '--dry-run', '--force')).code).toBe(0)
})

test('--isolate and --instance are about this server', async () => {
  using balancer = site({})
  for (const flag of ['--isolate', '--instance=dns0']) {
    const { code, err } = await balancer.call('drain', flag)
    expect(code).toBe(2)
    expect(err).toContain('--backend cannot be combined with --isolate or --instance')
  }
})

test('undrain lifts the order that is meant, and says what the real server weighs', async () => {
  using balancer = site({ weight: 25, configured_weight: 100 })
  writeFileSync(balancer.order, encodeOverride(ADA))
  const other = await balancer.call('undrain', '--id=mine')
  expect(other.code).toBe(1)
  expect(other.out).toContain('recdns.ns1: another drain is active and stays: drained by ada')
  const { code, out } = await balancer.call('undrain')
  expect(code).toBe(0)
  expect(out).toContain('drain ended: recdns.ns1')
  expect(out).toContain('recdns.ns1: weight 25 of 100, rising within 30 s (slow start)')
  expect(existsSync(balancer.order)).toBe(false)
})

test('undrain says why a real server does not come back', async () => {
  using balancer = site({ weight: 0, state: 'failed', reasons: ['it is silent'] })
  const { code, out } = await balancer.call('undrain', '--timeout=1ms')
  expect(code).toBe(1)
  expect(out).toMatch(/still not in the pool after .*: it is silent/)
  expect(out).toContain('it returns automatically when its checks pass')
})
