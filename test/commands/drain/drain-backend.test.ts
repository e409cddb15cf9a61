// `drain --backend` beside an order about the same real server.
import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { encodeOverride } from '../../../src/documents/override-document.ts'
import { holdfast } from '../../support/recorder.ts'
import { makeRunDir, statusDocument } from '../../support/status.ts'
import { BALANCER } from '../../view/status/documents.ts'

const tomlIn = (path: string) => `[server]
name = "lb1"
[paths]
run_dir = "${path}"
state_dir = "${path}"
[pools.recdns.instances.dns0]
addresses = ["192.0.2.9/24"]
[balancer.services.recdns]
addresses = ["192.0.2.9"]
[balancer.services.recdns.servers.ns1]
addresses = ["192.0.2.11"]
`

test('an order with an end makes none of one without', async () => {
  const { backends = [] } = BALANCER
  using runDir = makeRunDir(statusDocument({ backends }))
  const { path } = runDir
  const config = `${path}/holdfast.toml`
  writeFileSync(config, tomlIn(path))
  mkdirSync(`${path}/backend`)
  const drain = () =>
    holdfast('drain', `--config=${config}`, '--backend=ns1', '--for=10m', '--force', '--dry-run')
  const alone = await drain()
  expect(alone.out).toContain(' until ')
  const ada = { mode: 'drained', by: 'ada', reason: '', sinceWallMs: 0, untilWallMs: null } as const
  writeFileSync(`${path}/backend/recdns.ns1.json`, encodeOverride(ada))
  const beside = await drain()
  expect(beside.code).toBe(0)
  expect(beside.out).toContain('would be drained by')
  expect(beside.out).not.toContain(' until ')
})
