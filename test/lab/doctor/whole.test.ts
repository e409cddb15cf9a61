// The doctor as a whole: on sound servers, for plain users, and on hosts in a bad way.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { createLab, type Lab } from '../lab.ts'
import { TWO_INSTANCES } from '../layout.ts'
import type { LabServer } from '../server.ts'
import { type Diagnosis, diagnose } from './diagnose.ts'

setDefaultTimeout(90_000)
/** More than the 12 s that a run may take at most. */
const MAX_MS = 15_000
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']

const inLab = test.skipIf(whyNoLab() !== null)

describe.each([false, true])('loopback addresses: %p', (onLoopback) => {
  let lab: Lab
  beforeAll(async () => {
    if (whyNoLab() !== null) return
    lab = await createLab({ onLoopback: onLoopback, clusters: TWO_INSTANCES })
    await lab.start()
  })
  afterAll(() => lab?.destroy())

  inLab('sound servers have nothing, whoever looks', async () => {
    for (const server of lab.servers) {
      const { codes, exit } = await diagnose(server)
      expect({ server: server.name, codes, exit }).toEqual({
        ...{ server: server.name, codes: [], exit: 0 },
      })
    }
    const { node } = lab.server('s2')
    const plain = await node.exec([...AS_NOBODY, HOLDFAST, 'doctor'])
    expect({ code: plain.code, stderr: plain.stderr }).toEqual({ code: 0, stderr: '' })
    expect(plain.stdout).toMatch(/\(\d+ needs? root\) in /)
    expect(plain.stdout).not.toMatch(/FAIL|WARN|CRASH/)
    const quiet = await node.exec([HOLDFAST, 'doctor', '--quiet'])
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

describe('a host in a bad way', () => {
  let lab: Lab
  let s1: LabServer
  beforeAll(async () => {
    if (whyNoLab() !== null) return
    lab = await createLab({ servers: ['s1'] })
    await lab.start()
    s1 = lab.server('s1')
  })
  afterAll(() => lab?.destroy())

  /** Crashes are told with what they crashed of. */
  const crashesOf = ({ results }: Diagnosis) =>
    results.filter(({ outcome }) => outcome.kind === 'crash')

  /** Runs the doctor after a shell script, with mounts of their own. */
  async function after(script: string): Promise<Diagnosis> {
    const command = ['unshare', '--mount', 'sh', '-c', `set -e; ${script}; shift; exec "$@"`, 'sh']
    const node = {
      ...s1.node,
      exec: (words: readonly string[]) => s1.node.exec([...command, 'sh', ...words]),
    }
    return diagnose({ node })
  }

  inLab('without any environment, it sees the same', async () => {
    const { code, stdout } = await s1.node.exec(['env', '-i', HOLDFAST, 'doctor', '--quiet'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  inLab('with empty disks that nobody can write to, no check breaks down', async () => {
    const folders = ['/etc/holdfast', '/etc/keepalived', '/etc/bind', '/run', '/var/lib', '/tmp']
    const diagnosis = await after(
      folders.map((folder) => `mkdir -p ${folder}; mount -t tmpfs -o ro none ${folder}`).join('; '),
    )
    expect(crashesOf(diagnosis)).toEqual([])
    expect(diagnosis.codes).toContain('H101')
  })

  inLab('with garbage in all files, no check breaks down', async () => {
    const files = [
      ...['/etc/holdfast/holdfast.toml', '/etc/holdfast/order/recdns', '/etc/resolv.conf'],
      ...['/etc/keepalived/keepalived.conf', '/etc/bind/named.conf', '/run/keepalived.pid'],
      ...['/run/holdfast/status.json', '/run/holdfast/priority/recdns0', '/etc/passwd'],
      ...['/var/lib/holdfast/override.json', '/var/lib/holdfast/history.jsonl'],
    ]
    const diagnosis = await after(
      [
        'head -c 5000 /dev/urandom > /var/tmp/garbage',
        ...files.map((file) => `touch ${file}; mount --bind /var/tmp/garbage ${file}`),
      ].join('; '),
    )
    expect(crashesOf(diagnosis)).toEqual([])
    expect(diagnosis.codes).toContain('H102')
  })

  inLab('with everything frozen, it ends in time, and no check breaks down', async () => {
    const services = [s1.daemon, s1.keepalived, s1.named]
    for (const service of services) await service.freeze()
    const startMs = performance.now()
    const diagnosis = await diagnose(s1)
    expect(performance.now() - startMs).toBeLessThan(MAX_MS)
    for (const service of services) await service.cont()
    expect(crashesOf(diagnosis)).toEqual([])
    expect(diagnosis.codes).toContain('H407')
    expect(diagnosis.exit).toBe(2)
  })
})
