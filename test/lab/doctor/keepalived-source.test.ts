// Unicast from an address that this server does not have: the doctor names it, and what it says to type helps.
import { expect } from 'bun:test'
import { CONFIG_PATH } from '../holdfast.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'
import { diagnose, resultOf } from './diagnose.ts'

const patient = ward({
  servers: ['s1', 's2'],
  extraToml: `[keepalived]
interface = "eth0"
peering = "unicast"

[servers.s1]
addresses = ["192.0.2.11", "2001:db8::11"]

[servers.s2]
addresses = ["192.0.2.12", "2001:db8::12"]
`,
})

/** Writes the configuration, and has the daemon go by it. */
async function configure(server: LabServer, text: string): Promise<void> {
  server.node.write(CONFIG_PATH, text)
  server.daemon.signal('SIGHUP')
  await until(async () => (await diagnose(server, '--only', 'H137')).codes.length === 0)
}

/** What the doctor says to type, without its comments. */
async function remedyOn(server: LabServer): Promise<readonly string[]> {
  const { outcome } = resultOf(await diagnose(server, '--only', 'H227'), 'H227')
  const remedy = outcome.kind === 'fail' ? outcome.remedy : []
  return remedy.filter((line) => !line.startsWith('#'))
}

const FAULT = /\(recdns0\) .*FAULT/
let toml = ''
patient.breaks({
  name: 'H227: an entry in [servers] with another address, rendered',
  async break(s1) {
    toml = s1.node.read(CONFIG_PATH)
    const from = s1.keepalived.log.lines.length
    await configure(s1, toml.replace('"192.0.2.11"', '"192.0.2.99"'))
    const wrong = s1.node.read(KEEPALIVED_CONF).replace('src_ip 192.0.2.11', 'src_ip 192.0.2.99')
    s1.node.write(KEEPALIVED_CONF, wrong)
    s1.keepalived.signal('SIGHUP')
    await s1.keepalived.log.waitFor(FAULT, { from })
  },
  async mend(s1) {
    const remedy = await remedyOn(s1)
    expect(remedy.at(-1)).toContain('render-config --output')
    // What the comment asks for.
    await configure(s1, toml)
    for (const line of remedy) await s1.node.exec(['sh', '-c', line])
    await until(async () => (await diagnose(s1, '--only', 'H207')).codes.length === 0)
  },
  says: ['192.0.2.99', `${KEEPALIVED_CONF}:`, 'unicast_src_ip 192.0.2.99', '[servers.s1]'],
})

let conf = ''
patient.breaks({
  name: 'H227: an address that somebody took from the interface',
  async break(s1) {
    conf = s1.node.read(KEEPALIVED_CONF)
    await s1.removeAddress(s1.v4)
  },
  async mend(s1) {
    await s1.addAddress(s1.v4)
    expect(s1.node.read(KEEPALIVED_CONF)).toBe(conf)
  },
  says: ['unicast_src_ip 192.0.2.11'],
})
