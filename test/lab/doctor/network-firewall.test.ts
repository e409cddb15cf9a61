// Adverts and queries that do not get through, in either direction, under nftables and both kinds of iptables.
import { expect, setDefaultTimeout, test } from 'bun:test'
import type { RunningClient } from '../client.ts'
import { whyNoLab } from '../environment.ts'
import type { Lab } from '../lab.ts'
import type { LabServer } from '../server.ts'
import { type Break, ward } from './broken.ts'
import { diagnose, resultOf } from './diagnose.ts'

setDefaultTimeout(120_000)
const patient = ward({ servers: ['s1', 's2'], onLoopback: true })

/** Debian's /usr/share/doc/nftables/examples/workstation.nft: one rule for ICMP, and nothing for VRRP or DNS. */
const WORKSTATION = `chain input {
  type filter hook input priority 0;
  iif lo accept
  ct state established,related accept
  meta nfproto ipv6 icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-reply, echo-request, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, 148, 149 } accept
  ip6 saddr fe80::/10 icmpv6 type { 130, 131, 132, 143, 151, 152, 153 } accept
  counter drop
}`

/** A firewall, how it is set up and taken away. */
type Wall = Pick<Break, 'break' | 'mend'>

function nft(rules: string): Wall {
  return {
    break: (labServer) => labServer.firewall(rules),
    mend: (labServer) => labServer.clearFirewall(),
  }
}

function iptables(program: string, rule: string): Wall {
  const run = (action: string) => (labServer: LabServer) =>
    labServer.node.run([program, action, ...rule.split(' ')]).then(() => undefined)
  return {
    break: run('-A'),
    async mend(labServer) {
      await run('-D')(labServer)
      // The remedy has put a rule before it.
      await labServer.node.run([program, '-F'])
    },
  }
}

patient.breaks({
  name: 'H515: Debian’s own workstation.nft drops adverts that arrive',
  at: 's2',
  async break(s2, lab) {
    await s2.firewall(WORKSTATION)
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
  },
  mend: (s2) => s2.clearFirewall(),
  says: [
    'does not process the adverts of 192.0.2.11 that arrive on eth0',
    'table inet lab, chain input: counter packets',
    'nft insert rule inet lab input iifname \\"eth0\\" meta l4proto 112 accept',
  ],
})

patient.breaks({
  name: 'H515: nftables drops adverts that leave',
  ...nft('chain out {\n type filter hook output priority filter\n ip daddr 224.0.0.0/24 drop\n}'),
  says: ['do not leave on eth0', 'ip daddr 224.0.0.0/24 drop', 'oifname'],
})

patient.breaks({
  name: 'H515: the older iptables drops them',
  at: 's2',
  ...iptables('iptables-legacy', 'INPUT -d 224.0.0.18 -j DROP'),
  says: ['-A INPUT -d 224.0.0.18/32 -j DROP', 'iptables-legacy -t filter -I INPUT -i eth0 -p 112'],
})

const REJECTS = 'INPUT -i eth0 -p udp -m multiport --dports 53,853 -j REJECT'

type Silence = Wall & { readonly what: string; readonly over: string; readonly says: string }

const SILENT: readonly Silence[] = [
  {
    what: 'workstation.nft lets no query in',
    ...nft(WORKSTATION),
    ...{ over: 'UDP and TCP', says: 'udp/2001:db8::53: ' },
  },
  {
    what: 'queries over TCP were forgotten',
    ...nft(
      WORKSTATION.replace('counter drop', 'meta l4proto vrrp accept\nudp dport 53 accept\ndrop'),
    ),
    ...{ over: 'TCP', says: 'neither accepts nor refuses' },
  },
  {
    what: 'answers do not leave',
    ...nft('chain out {\n type filter hook output priority 0\n oifname eth0 udp sport 53 drop\n}'),
    ...{ over: 'UDP', says: 'no response leaves, although this host gets responses' },
  },
  {
    what: 'iptables rejects queries',
    ...iptables('iptables', REJECTS),
    ...{ over: 'UDP', says: 'iptables -t filter -I INPUT -i eth0 -p udp --dport 53 -j ACCEPT' },
  },
  {
    what: 'ip6tables drops what comes over IPv6',
    ...iptables('ip6tables', 'INPUT -i eth0 -p tcp --dport 53 -j DROP'),
    ...{ over: 'TCP', says: 'table ip6 filter, chain INPUT: iifname "eth0" tcp dport 53' },
  },
]

const inLab = test.skipIf(whyNoLab() !== null)

async function h516(s1: LabServer) {
  return resultOf(await diagnose(s1, '--only', 'H516'), 'H516').outcome
}

/** While clients ask, over both transports and both families. */
async function whileAsked(
  work: (s1: LabServer, lab: Lab) => Promise<void>,
  lab = patient.lab(),
): Promise<void> {
  await lab.observer.waitFor(lab.addresses, ['s1'])
  const client: RunningClient = await lab.client.start()
  try {
    await work(lab.server('s1'), lab)
  } finally {
    await client.stop()
  }
}

inLab.each(SILENT)('H516: $what, and the remedy, typed, helps', async (wall) => {
  await whileAsked((s1, lab) => brokenAndMended(wall, s1, lab))
})

async function brokenAndMended(wall: Silence, s1: LabServer, lab: Lab): Promise<void> {
  await wall.break(s1, lab)
  try {
    const outcome = await h516(s1)
    expect(outcome.kind).toBe('fail')
    if (outcome.kind !== 'fail') return
    expect(outcome.what).toBe(`Queries over ${wall.over} arrive on eth0, but none is answered`)
    expect([...outcome.evidence, ...outcome.remedy].join('\n')).toContain(wall.says)
    const typed = outcome.remedy.filter((text) => / insert | -I /.test(text))
    await s1.node.run(['sh', '-ec', typed.join('\n')])
    expect(await h516(s1)).toMatchObject({ kind: 'ok' })
  } finally {
    await wall.mend(s1, lab)
  }
}

inLab('H515: the remedy, typed, ends a split brain', async () => {
  const lab = patient.lab()
  const s2 = lab.server('s2')
  await s2.firewall(WORKSTATION)
  try {
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
    const { outcome } = resultOf(await diagnose(s2, '--only', 'H515'), 'H515')
    const typed = outcome.kind === 'fail' ? outcome.remedy : []
    await s2.node.run(['sh', '-ec', typed.filter((line) => line.includes(' insert ')).join('\n')])
    await lab.observer.waitFor(lab.addresses, ['s1'])
  } finally {
    await s2.clearFirewall()
  }
})

inLab('what is seen to pass is ok, and what nobody sees is not known', async () => {
  await whileAsked(async (s1) => {
    const asked = await h516(s1)
    expect(asked).toMatchObject({ kind: 'ok' })
    expect(JSON.stringify(asked)).toContain('tcp/2001:db8::53: ')
    // A limit for each client, above which this one is.
    await s1.firewall(
      `set m {\n type ipv4_addr\n flags dynamic\n size 100\n}\nchain input {\n type filter hook input priority 0\n iifname eth0 udp dport 53 add @m { ip saddr limit rate over 5/second } drop\n}`,
    )
    const limited = await h516(s1)
    expect(limited.kind).toBe('skip')
    expect(JSON.stringify(limited)).toMatch(
      /unknown: udp\/192\.0\.2\.53: \d+ of \d+ queries answered/,
    )
    await s1.clearFirewall()
  })
  const [s1, s2] = [patient.lab().server('s1'), patient.lab().server('s2')]
  await s1.firewall(WORKSTATION)
  expect(await h516(s1)).toMatchObject({ kind: 'skip' })
  expect(JSON.stringify(await h516(s1))).toContain('udp/192.0.2.53: no queries seen')
  await s1.clearFirewall()
  const adverts = resultOf(await diagnose(s2, '--only', 'H515'), 'H515').outcome
  expect(adverts).toEqual({
    kind: 'skip',
    why: 'unknown, because no advert is on the wire: eth0 IPv4 out; seen: eth0 IPv4 in',
  })
})
