// A disk that takes nothing for a while: the daemon goes on asking, publishing and failing over.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHost, type Host, type Program, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { configText, createPlace, type Place, QUICK, type Subject } from './subject.ts'

setDefaultTimeout(60_000)

/** Needs a file system of its own that can be frozen, and so a loop device. */
const whyNoDisk = whyNoHost ?? obstacle()

function obstacle(): string | null {
  const trial = spawnSync('losetup', ['--find'], { encoding: 'utf8' })
  return trial.status === 0 ? null : `there is no loop device: ${trial.stderr}`
}
if (whyNoDisk !== null) console.log(`skipped: ${whyNoDisk}`)

describe.skipIf(whyNoDisk !== null)('on a disk that takes nothing', () => {
  let host: Host
  let place: Place
  let named: Program
  let daemon: Subject
  let isFrozen = false
  const told = () => join(host.folder, 'told')

  function freeze(frozen: boolean): void {
    host.sh(`fsfreeze ${frozen ? '-f' : '-u'} ${place.stateDir}`)
    isFrozen = frozen
  }

  beforeAll(async () => {
    host = await createHost()
    named = await host.startNamed()
    place = createPlace(host)
    const disk = join(host.folder, 'disk')
    host.sh(
      `truncate -s 16M ${disk} && mkfs.ext4 -q ${disk} && mount -o loop ${disk} ${place.stateDir}`,
    )
    const channel = `[notify.channels.page]\ntype = "command"\ncommand = ["/bin/sh", "-c", "cat >>${told()}"]\n`
    const notify = `[notify]\ngroup_wait = "1s"\n${channel}`
    const metrics = `[metrics]\ntextfile = "${place.stateDir}/holdfast.prom"\ninterval = "1s"\n`
    place.writeConfig(configText(place, `${QUICK}${notify}${metrics}`))
    mkdirSync(host.path(join(place.stateDir, 'spool')))
    daemon = place.start()
    await daemon.untilHealth('healthy')
    await eventually(
      () => existsSync(host.path(`${place.stateDir}/holdfast.prom`)),
      () => 'the metrics',
    )
  })
  afterAll(async () => {
    if (isFrozen) freeze(false)
    await host[Symbol.asyncDispose]()
  })

  test('a transition delays no answer, and a dead named is found at once', async () => {
    const holdfast = `${process.execPath} ${join(import.meta.dir, '../../src/main.ts')}`
    host.sh(
      `${holdfast} notify --state-dir ${place.stateDir} --run-dir ${place.runDir} INSTANCE recdns0 MASTER 250`,
    )
    await daemon.program.lines.until(/keepalived: .*recdns0/)
    freeze(true)
    // Long enough for the journal, for the poll of the spool, and for the reserves and the metrics.
    const { flap } = await daemon.untilHealth('healthy')
    let staleMs = 0
    await daemon.until((status) => {
      const bootMs = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000
      staleMs = Math.max(staleMs, bootMs - status.valid_until_boot_ms)
      return status.flap.cycles >= flap.cycles + 30
    })
    expect(staleMs).toBeLessThanOrEqual(0)
    expect((await place.check()).code).toBe(0)
    named.signal('SIGKILL')
    await daemon.untilHealth('failed')
    expect(existsSync(told())).toBe(false)
    freeze(false)
    await eventually(
      () => existsSync(told()) && readFileSync(told(), 'utf8').includes('recdns0'),
      () => daemon.program.lines.all.join('\n'),
    )
    await daemon.stop()
  })
})
