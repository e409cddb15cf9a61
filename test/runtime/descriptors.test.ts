// A process that can open nothing more: it goes on, and takes nothing for gone that it cannot read now.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { hostForAllTests, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { createPlace, expectClean, QUICK } from './subject.ts'

setDefaultTimeout(60_000)

describe.skipIf(whyNoHost !== null)('without a descriptor to spare', () => {
  const host = hostForAllTests()

  test('the daemon lives on, keeps what it knew, and serves again when there are some', async () => {
    const place = createPlace(host, `${QUICK}[daemon]\nlog_level = "debug"\n`)
    const daemon = place.start()
    const before = await daemon.untilHealth('healthy')
    // All of it has begun: its thread for the disk has written.
    await eventually(
      () => existsSync(`${place.runDir}/holdfast.prom`),
      () => 'the metrics',
    )
    const { pid } = daemon.program
    const limit = (most: number) => host.sh(`prlimit --pid ${pid} --nofile=${most}:`)
    const addresses = before.addresses.map(({ address }) => address)
    const from = daemon.program.lines.all.length
    // The first three are taken for good.
    limit(3)
    // What it was asked to read meanwhile: an order and a config, which are there all the time.
    place.writeOrder('s1', 's2')
    daemon.program.signal('SIGHUP')
    await daemon.program.lines.until(/too many open files/, from)
    await place.untilCheck(1)
    // Meanwhile the lock is looked for, the table of addresses read, and the files looked after.
    const cycles = () =>
      daemon.program.lines.all.slice(from).filter((line) => line.includes('next check in')).length
    await eventually(
      () => cycles() > 25,
      () => daemon.program.lines.all.slice(from).join('\n'),
    )
    limit(1024)
    const after = await daemon.untilHealth('healthy')
    expect(after.addresses.map(({ address }) => address)).toEqual(addresses)
    await place.untilPriority('249')
    const said = daemon.program.lines.all.slice(from).join('\n')
    expect(said).not.toMatch(/removed from|drain|lock was gone|internal error/)
    await daemon.stop()
    expectClean(daemon.program.lines.all)
  })
})
