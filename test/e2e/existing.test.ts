// Three servers with views, rate limits and VRRPv2 by static priorities move to holdfast by hand, as docs/migrate.md has it.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoMachines } from '../machines/environment.ts'
import { SWITCH } from '../machines/fleet.ts'
import { installHoldfast } from '../machines/install.ts'
import type { Machine } from '../machines/machine.ts'
import { createMachines, type Machines } from '../machines/machines.ts'
import { blockAfter, prepareReader, tryLine, type } from '../machines/reader.ts'
import { heldBy } from '../machines/sound.ts'
import { startUpstream } from '../machines/upstream.ts'
import { figures, startAsking, WHOAMI_ZONE, writeWhoami } from './service.ts'
import { blocksBelow } from './typed.ts'

setDefaultTimeout(600_000)
const PAGE = 'docs/migrate.md'
const HEADING = 'By hand, for servers with a configuration of their own'
const [START = [], LOOK = [], EXEMPT = [], MOVE = [], DRAIN = [], LOOPBACK = [], BACK = []] =
  blocksBelow(PAGE, HEADING)
const CONFIG = '/etc/holdfast/holdfast.toml'
const KEEPALIVED = '/etc/keepalived/keepalived.conf'
const NAMED = '/etc/bind/named.conf'
const NAMES = ['ns1', 'ns2', 'ns3'] as const
const ADDRESS = '192.0.2.53'
const PASSWORD = 'tomcat12'
/** Clients ask again after a second or more, and the scripts took longer to see a failure. */
const MAX_GAP_MS = 5000
const CEILING_MS = 60_000

describe.skipIf(whyNoMachines() !== null)('servers with a configuration of their own', () => {
  let machines: Machines
  let hosts: readonly Machine[]
  let ns1: Machine
  let ns2: Machine
  let ns3: Machine

  beforeAll(async () => {
    machines = await createMachines({ names: NAMES, layer: 'ready' })
    hosts = machines.all
    ns1 = machines.machine('ns1')
    ns2 = machines.machine('ns2')
    ns3 = machines.machine('ns3')
    await startUpstream(machines.fleet)
    for (const [index, host] of hosts.entries()) await prepare(host, index)
    await untilHolds(ns1)
  })
  afterAll(() => machines?.destroy())

  test('1, 2: the daemon watches in shadow mode, and nothing is lost', async () => {
    const asking = await startAsking(machines, [ADDRESS])
    for (const host of hosts) await install(host)
    for (const host of hosts) {
      await until(async () => (await host.exec(['holdfast', 'check'])).code === 0)
      for (const line of LOOK.slice(0, -1)) await type(host, line)
      const { stdout } = await tryLine(host, LOOK.at(-1) ?? '')
      expect(stdout).not.toMatch(/(?:FAIL|WARN) +H[23]\d\d/)
      // The rate limit counts the daemon's queries.
      expect(stdout).toMatch(/(?:FAIL|WARN) +H41[34]/)
      const drain = await host.exec(['holdfast', 'drain'])
      expect(`${drain.stdout}${drain.stderr}`).toContain('shadow mode')
    }
    await expectNoneLost('the daemon is installed', asking)
    expect(await holders()).toEqual(['ns1'])
  })

  test('3: the exemption is included inside rate-limit, in both views', async () => {
    const [render = '', edit = '', reload = ''] = EXEMPT
    expect(edit).toBe(`editor ${NAMED}`)
    const asking = await startAsking(machines, [ADDRESS])
    for (const host of hosts) {
      await type(host, render)
      const include = 'rate-limit { include "/etc/bind/holdfast.exempt";'
      host.write(NAMED, host.read(NAMED).replaceAll('rate-limit {', include))
      await type(host, reload)
      const bind = await tryLine(host, 'holdfast doctor --only bind network')
      expect({ host: host.name, said: bind.stdout }).toEqual({
        host: host.name,
        said: expect.not.stringMatching(/FAIL|H41[34]/),
      })
    }
    await expectNoneLost('rate limits are corrected', asking)
  })

  test('4: old priorities are raised, so that servers of both kinds can be compared', async () => {
    const asking = await startAsking(machines, [ADDRESS])
    for (const host of hosts) {
      const before = host.read(KEEPALIVED)
      const raised = before
        .replace(/priority (\d+)/, (_, priority) => `priority ${Number(priority) + 100}`)
        .replace('weight -60', 'weight -200')
        .replace('state MASTER', 'state BACKUP')
        .replace(/^ *nopreempt\n/m, '')
      host.write(KEEPALIVED, raised)
      await host.run(['systemctl', 'reload', 'keepalived'])
    }
    await untilHolds(ns1)
    await expectServed('priorities are raised', asking)
    expect(ns3.read(KEEPALIVED)).toContain('priority 150')
  })

  test('5: ns3 moves, drains and comes back, and nothing is lost', async () => {
    const asking = await startAsking(machines, [ADDRESS])
    await move(ns3)
    for (const line of DRAIN) await type(ns3, line)
    await expectNoneLost('ns3 moves', asking)
    expect(await holders()).toEqual(['ns1'])
  })

  test('a server whose named ends gives the address to the next, whichever kind it is', async () => {
    for (const host of [ns1, ns2]) await host.run(['systemctl', 'stop', 'named'])
    await untilHolds(ns3)
    for (const host of [ns1, ns2]) await host.run(['systemctl', 'start', 'named'])
    await untilHolds(ns1)
  })

  test('the way back, on one server, and forth again', async () => {
    const asking = await startAsking(machines, [ADDRESS])
    for (const line of BACK) await type(ns3, line)
    expect(ns3.read(KEEPALIVED)).toContain('vrrp_script chk')
    expect(await holders()).toEqual(['ns1'])
    await move(ns3)
    await expectNoneLost('ns3 goes back, and moves again', asking)
  })

  test('6: so do ns2 and ns1, and clients are served all the time', async () => {
    const asking = await startAsking(machines, [ADDRESS])
    for (const host of [ns2, ns1]) {
      await move(host)
      await untilHolds(ns1)
    }
    await expectServed('ns2 and ns1 move', asking)
  })

  test('7: with the address on loopback a planned move loses no query', async () => {
    for (const host of hosts.toReversed()) {
      const loopback = '\n[addresses]\nservice_addresses_on_loopback = true\n'
      host.write(CONFIG, `${host.read(CONFIG)}${loopback}`)
      for (const line of LOOPBACK) await type(host, line)
      await until(async () => (await host.exec(['holdfast', 'check'])).code === 0)
    }
    await untilHolds(ns1)
    const asking = await startAsking(machines, [ADDRESS])
    for (const line of DRAIN) await type(ns1, line)
    await untilHolds(ns1)
    await expectNoneLost('ns1 is drained and comes back', asking)
    for (const host of hosts) {
      const { code, stdout } = await host.exec(['holdfast', 'doctor', '--quiet'])
      if (code > 1) throw new Error(`${host.name}: ${stdout}`)
    }
  })

  test('and holdfast is removed from a server, which serves by its own keepalived then', async () => {
    const asking = await startAsking(machines, [ADDRESS])
    for (const line of blocksBelow('docs/install.md', 'Uninstall').flat()) await type(ns3, line)
    expect(await holders()).toEqual(['ns1'])
    expect((await ns3.exec(['holdfast', '--version'])).code).not.toBe(0)
    const { stdout: units } = await ns3.exec([
      'systemctl',
      'list-unit-files',
      '--no-legend',
      'holdfast*',
    ])
    expect(units).toBe('')
    expect(await ns3.run(['ip', 'address', 'show', 'dev', 'lo'])).not.toContain(ADDRESS)
    expect(await ns3.run(['systemctl', 'is-active', 'keepalived', 'named'])).toBe(
      'active\nactive\n',
    )
    await expectNoneLost('holdfast is removed from ns3', asking)
    for (const host of [ns1, ns2]) await host.run(['systemctl', 'stop', 'keepalived'])
    await untilHolds(ns3)
  })

  /** Step 5, line by line. */
  async function move(host: Machine): Promise<void> {
    for (const line of MOVE) {
      const done = await tryLine(host, line)
      // The difference and warnings are 1.
      const mayDiffer = line.endsWith('--diff') || line.endsWith('doctor')
      if (done.code !== 0 && !(mayDiffer && done.code === 1))
        throw new Error(`${host.name}: ${line}\n${done.stdout}${done.stderr}`)
    }
    expect(host.read(CONFIG)).not.toContain('shadow')
    expect(host.read(KEEPALIVED)).toContain('Rendered by "holdfast render-config"')
  }

  async function holders(): Promise<string[]> {
    const held = await Promise.all(hosts.map(heldBy))
    return hosts.flatMap(({ name }, index) => (held[index]?.includes(ADDRESS) ? [name] : []))
  }

  async function untilHolds(host: Machine): Promise<void> {
    await until(async () => (await holders()).join() === host.name)
  }
})

type Asking = Awaited<ReturnType<typeof startAsking>>

async function expectNoneLost(what: string, asking: Asking): Promise<void> {
  const report = await asking.stop()
  console.log(figures(what, report))
  expect({ lost: report.udp.lost, by: report.udp.lostBy }).toEqual({ lost: 0, by: {} })
}

async function expectServed(what: string, asking: Asking): Promise<void> {
  const report = await asking.stop()
  console.log(figures(what, report))
  expect(report.udp.unservedAtEnd).toBe(0)
  expect(report.udp.longestGapMs).toBeLessThan(MAX_GAP_MS)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`never: ${holds}`)
    await Bun.sleep(50)
  }
}

/** What is there before: BIND with views and limits, and keepalived with a script. */
async function prepare(host: Machine, index: number): Promise<void> {
  await prepareReader(host)
  writeWhoami(host)
  host.write(NAMED, NAMED_CONF)
  await host.run(['named-checkconf'])
  await host.run(['systemctl', 'restart', 'named'])
  host.write(KEEPALIVED, keepalivedConf(index), 0o600)
  await host.run(['systemctl', 'enable', '--quiet', 'keepalived'])
  await host.run(['systemctl', 'restart', 'keepalived'])
}

/** The clients of the test are on the switch, with a view that limits nothing: they send more than a limit is for. */
const NAMED_CONF = `options {
  directory "/var/cache/bind";
  dnssec-validation no;
  forwarders { ${SWITCH.v4}; };
};
view "monitoring" {
  match-clients { 192.0.2.1; 2001:db8::1; };
  recursion yes;
  ${WHOAMI_ZONE}
};
view "clients" {
  match-clients { localhost; 192.0.2.0/24; 2001:db8::/64; };
  recursion yes;
  rate-limit { responses-per-second 5; };
  response-policy { zone "rpz.example"; };
  zone "rpz.example" { type primary; file "/etc/bind/db.empty"; };
};
view "rest" {
  match-clients { any; };
  recursion no;
  rate-limit { responses-per-second 5; };
};
`

function keepalivedConf(index: number): string {
  const first = index === 0
  return `vrrp_script chk {
  script "/usr/bin/dig +time=1 +tries=1 @127.0.0.1 127.in-addr.arpa SOA"
  interval 2
  fall 2
  rise 2
  weight -60
}
vrrp_instance VI_1 {
  state ${first ? 'MASTER' : 'BACKUP'}
  interface eth0
  virtual_router_id 51
  priority ${150 - 50 * index}
  advert_int 1
${first ? '  nopreempt\n' : ''}  authentication {
    auth_type PASS
    auth_pass ${PASSWORD}
  }
  virtual_ipaddress {
    ${ADDRESS}/24
  }
  track_script {
    chk
  }
}
`
}

/** What the package brings, by hand, with the configuration of the page. */
async function install(host: Machine): Promise<void> {
  await installHoldfast(host)
  const config = blockAfter('says what the servers speak today', PAGE)
  host.write(CONFIG, config.replace('/usr/bin/holdfast', '/usr/local/bin/holdfast'))
  await host.run(['mkdir', '-p', '/etc/holdfast/order'])
  await host.run(['systemctl', 'enable', '--quiet', 'holdfast'])
  for (const line of START) {
    const [, edited] = /^editor (\S+)$/.exec(line) ?? []
    if (edited === undefined) await type(host, line)
    else host.write(edited, `${PASSWORD}\n`, 0o600)
  }
}
