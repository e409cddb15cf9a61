// Firewalls that drop adverts or queries, as nftables and both kinds of iptables have them.
import type { Node } from '../namespace.ts'
import { ward } from './broken.ts'

const patient = ward({ servers: ['s1', 's2'], standing: true })

const REJECTS = 'INPUT -i eth0 -p udp -m multiport --dports 53,853 -j REJECT'

/** What guides recommend, and as they do, without VRRP and DNS. */
const USUAL = `chain input {
  type filter hook input priority filter; policy drop;
  iif lo accept
  ct state vmap { established : accept, related : accept, invalid : drop }
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport 22 accept`

patient.breaks({
  name: 'H515: nftables drops adverts that arrive',
  at: 's2',
  break: (s2) =>
    s2.firewall(
      'chain input {\n type filter hook input priority filter\n iifname "eth0" ip protocol vrrp counter drop\n}',
    ),
  mend: (s2) => s2.clearFirewall(),
  says: [
    'drops adverts of other servers on eth0',
    'table inet lab, chain input',
    'iifname \\"eth0\\" ip protocol vrrp counter packets',
    'nft insert rule inet lab input iifname \\"eth0\\" meta l4proto 112 accept',
  ],
})

patient.breaks({
  name: 'H515: the policy of nftables drops them, and nothing lets them in',
  at: 's2',
  break: (s2) => s2.firewall(`${USUAL}\n  meta l4proto { tcp, udp } th dport 53 accept\n}`),
  mend: (s2) => s2.clearFirewall(),
  says: ['drops adverts of other servers', 'chain input: policy drop'],
})

patient.breaks({
  name: 'H515: nftables drops adverts that leave',
  break: (s1) =>
    s1.firewall(
      'chain out {\n type filter hook output priority filter\n ip daddr 224.0.0.0/24 drop\n}',
    ),
  mend: (s1) => s1.clearFirewall(),
  says: ['drops the adverts of this server', 'ip daddr 224.0.0.0/24 drop', 'oifname'],
})

patient.breaks({
  name: 'H515: the older iptables drops them',
  at: 's2',
  break: ({ node }) => iptables(node, 'iptables-legacy', '-A', 'INPUT -d 224.0.0.18 -j DROP'),
  mend: ({ node }) => iptables(node, 'iptables-legacy', '-D', 'INPUT -d 224.0.0.18 -j DROP'),
  says: ['-A INPUT -d 224.0.0.18/32 -j DROP', 'iptables-legacy -t filter -I INPUT -i eth0 -p vrrp'],
})

patient.breaks({
  name: 'H516: queries over TCP were forgotten',
  at: 's2',
  break: (s2) =>
    s2.firewall(
      `${USUAL}\n  meta l4proto vrrp accept\n  ip protocol igmp accept\n  udp dport 53 accept\n}`,
    ),
  mend: (s2) => s2.clearFirewall(),
  says: ['drops queries over TCP on eth0', 'policy drop', 'tcp dport 53 accept'],
})

patient.breaks({
  name: 'H516: iptables rejects queries',
  at: 's2',
  break: ({ node }) => iptables(node, 'iptables', '-A', REJECTS),
  mend: ({ node }) => iptables(node, 'iptables', '-D', REJECTS),
  says: ['drops queries over UDP', '--dports 53,853', 'iptables -t filter -I INPUT -i eth0 -p udp'],
})

async function iptables(node: Node, program: string, action: string, rule: string): Promise<void> {
  await node.run([program, action, ...rule.split(' ')])
}
