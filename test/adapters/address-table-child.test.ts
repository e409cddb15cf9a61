// The child that tells the address table of changes: it may babble, die, be absent or be outlived.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAddressSource } from '../../src/adapters/address-table.ts'
import { createClock } from '../../src/adapters/clock.ts'
import type { AddressChange } from '../../src/ports.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { childrenOf, commandOf, eventually, follow } from './address-table/follower.ts'
import { has, ONE, removes } from './address-table/printed.ts'

const asRoot = test.skipIf(process.getuid?.() !== 0)
const DENO = join(import.meta.dir, `../../node_modules/@deno/linux-${process.arch}-glibc/deno`)
setDefaultTimeout(30_000)

describe('a child that says too much', () => {
  test('garbage, floods and endless lines are survived, and the next event is heard', async () => {
    using folder = temporaryFolder()
    const script = [
      '#!/bin/sh',
      'PATH=/usr/bin:/bin',
      'head -c 3000000 /dev/urandom',
      'head -c 3000000 /dev/zero',
      'yes "3: a0    inet6 2001:db8::1/64 scope global" | head -n 100000',
      'echo; echo "Deleted 1: lo    inet 127.0.0.1/8 scope host lo"',
      'exec sleep 600',
    ]
    writeFileSync(join(folder.path, 'ip'), script.join('\n'), { mode: 0o755 })
    symlinkSync('/usr/bin/setpriv', join(folder.path, 'setpriv'))
    const source = createAddressSource({
      clock: createClock(),
      log: { line() {} },
      resyncMs: 3_600_000,
      searchPath: [folder.path],
    })
    try {
      const change = await new Promise<AddressChange>((resolve) => source.start(resolve))
      expect(change.removed).toEqual([{ address: '127.0.0.1', interface: 'lo' }])
      const back = change.addresses.find((address) => address.address === '127.0.0.1')
      expect(back?.sinceMs).toBeGreaterThan(0)
    } finally {
      source.stop()
    }
  })
})

describe('in a namespace', () => {
  asRoot(
    'a child that is killed is started again, and nothing that happened meanwhile is missed',
    async () => {
      await using follower = await follow({ before: ONE })
      const [first] = childrenOf(follower.pid)
      expect(commandOf(first ?? 0)).toContain('monitor')
      process.kill(first ?? 0, 'SIGKILL')
      follower.ip('address add 192.0.2.1/24 dev d0')
      await follower.until(has('192.0.2.1'))
      await eventually(() => childrenOf(follower.pid).some((pid) => pid !== first), 'another child')
      const warnings = () => follower.printed.filter((line) => line.level === 'warn')
      await follower.until((line) => line.level === 'info' && /again/.test(line.text ?? ''))
      expect(warnings()).toHaveLength(1)
      follower.ip('address del 192.0.2.1/24 dev d0')
      await follower.until(removes('192.0.2.1'))
    },
  )

  asRoot('without ip the table is read again and again, and the log says so once', async () => {
    await using follower = await follow({ before: ONE, searchPath: '/nonexistent' })
    follower.ip('address add 192.0.2.1/24 dev d0')
    await follower.until(has('192.0.2.1'))
    follower.ip('address del 192.0.2.1/24 dev d0')
    await follower.until(removes('192.0.2.1'))
    const warnings = follower.printed.filter((line) => line.level !== undefined)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.text).toContain('iproute2')
  })

  asRoot('the resync finds what no event told', async () => {
    using folder = temporaryFolder()
    // A program that runs and says nothing, in the place of ip.
    writeFileSync(join(folder.path, 'ip'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 })
    symlinkSync('/usr/bin/setpriv', join(folder.path, 'setpriv'))
    await using follower = await follow({ before: ONE, searchPath: folder.path, resyncMs: 200 })
    follower.ip('address add 192.0.2.1/24 dev d0')
    await follower.until(has('192.0.2.1'))
    expect(follower.printed.filter((line) => line.level !== undefined)).toEqual([])
  })

  for (const [name, runtime] of [
    ['Bun', [process.execPath]],
    ['Deno', [DENO, 'run', '-A']],
  ] as const) {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      asRoot(`under ${name} the child does not outlive its parent: ${signal}`, async () => {
        await using follower = await follow({ before: ONE, runtime })
        follower.ip('address add 192.0.2.1/24 dev d0')
        await follower.until(has('192.0.2.1'))
        const [child = 0] = childrenOf(follower.pid)
        await eventually(() => /^\S+\/ip -o monitor/.test(commandOf(child) ?? ''), 'ip runs')
        follower.kill(signal)
        await follower.ended
        await eventually(() => commandOf(child) === null, 'the child has ended')
      })
    }
  }
})
