// What lies upstream is lost by the holder alone, and its cache has answers for a quarter of an hour, or stale ones for ever.
import { expect } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UPSTREAM } from '../layout.ts'
import { UPSTREAM_ZONE } from '../resolver.ts'
import { LOOPBACK_OFF, type Stage, scenario } from '../scenario.ts'
import type { LabServer } from '../server.ts'
import { serverLog } from './watched-lab.ts'

const FLAP = '[flap]\nfailback_delay = "3s"\n'
const CUT = `chain output { type filter hook output priority 0; ip daddr ${UPSTREAM.v4} drop; }`
const SERVE_STALE = 'stale-cache-enable yes; stale-answer-enable yes; stale-answer-ttl 30;'

/** The group that docs/reference/configuration.md shows, to the letter. */
function groupOfPage(): string {
  const text = readFileSync(
    join(import.meta.dir, '../../../docs/reference/configuration.md'),
    'utf8',
  )
  const [, block] = /(^\[checks\.internet\]\n(?:[^`\n].*\n)+)/m.exec(text) ?? []
  if (block === undefined) throw new Error('the page shows no [checks.internet]')
  return block
}

/** The other servers go on, so that the address moves as soon as the holder is known to be cut off. */
async function cutOff({ s1, held }: Stage, questions: readonly string[]): Promise<void> {
  for (const question of questions) expect(await answered(s1, question)).toBe('NOERROR')
  await s1.firewall(CUT)
  await held('s2')
  // The cache goes on: that is what hides an outage.
  for (const question of questions) expect(await answered(s1, question)).toBe('NOERROR')
}

async function answered(server: LabServer, question: string): Promise<string | undefined> {
  const dig = ['dig', '@127.0.0.1', '+time=12', '+tries=1', ...question.split(' ')]
  const { stdout } = await server.node.exec(dig)
  return /status: (\w+)/.exec(stdout)?.[1]
}

const CACHED = ['com SOA', 'org SOA', 'de SOA']

scenario({
  name: 'upstream lost behind a cache',
  onLoopback: LOOPBACK_OFF,
  holder: 's1',
  options: { extraToml: FLAP + groupOfPage() },
  async fault(stage) {
    await cutOff(stage, CACHED)
    expect(serverLog(stage.s1)).toMatch(/internet: down \(0 of 3 probes ok, quorum 2; holdfast-/)
    await stage.s1.clearFirewall()
  },
})

scenario({
  name: 'upstream lost, serve-stale',
  onLoopback: LOOPBACK_OFF,
  holder: 's1',
  options: { extraToml: FLAP + groupOfPage(), namedOptions: SERVE_STALE },
  async fault(stage) {
    await cutOff(stage, [...CACHED, `www.${UPSTREAM_ZONE} A`])
    await stage.s1.clearFirewall()
  },
})

scenario({
  name: 'upstream lost, fixed names, stale answers',
  onLoopback: LOOPBACK_OFF,
  holder: 's1',
  options: {
    namedOptions: SERVE_STALE,
    extraToml: `${FLAP}
[checks.internet]
kind = "upstream"
probes = ["www.${UPSTREAM_ZONE} A", "${UPSTREAM_ZONE} A"]
`,
  },
  async fault(stage) {
    await cutOff(stage, [`www.${UPSTREAM_ZONE} A`])
    const stale = () => serverLog(stage.s1)
    expect(stale()).toMatch(/internet: down \(0 of 2 probes ok/)
    await stage.s1.clearFirewall()
  },
})

scenario({
  name: 'upstream lost, one new name among cached ones',
  onLoopback: LOOPBACK_OFF,
  holder: 's1',
  options: {
    extraToml: `${FLAP}
[checks.internet]
kind = "upstream"
probes = ["org SOA", { question = "holdfast-{random}.com A", rcode = "NXDOMAIN" }, "de SOA"]
quorum = 2
`,
  },
  async fault(stage) {
    await cutOff(stage, ['org SOA', 'de SOA'])
    expect(serverLog(stage.s1)).toMatch(/internet: down \(0 of 3 probes ok, quorum 2/)
    await stage.s1.clearFirewall()
  },
})
