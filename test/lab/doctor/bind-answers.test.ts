// named answers nothing, too little, or not the same everywhere.
import { UPSTREAM_ZONE } from '../resolver.ts'
import { ward } from './broken.ts'
import { confWithViews, edit } from './named.ts'

const patient = ward({
  extraToml: `
[checks.local]
probes = ["127.in-addr.arpa SOA"]

[checks.world]
kind = "upstream"
probes = ["${UPSTREAM_ZONE} AAAA"]
`,
})

patient.breaks({
  name: 'H407: named is frozen',
  break: (s1) => s1.named.freeze(),
  mend: (s1) => s1.named.cont(),
  says: ['is stopped by a signal and does not respond', 'state T', 'kill -CONT'],
})

const deaf = edit((text) =>
  text.replace('allow-query { any; }', 'allow-query { 192.0.2.0/24; 2001:db8::/32; }'),
)
patient.breaks({
  name: 'H408: queries from loopback are refused',
  break: deaf.make,
  mend: deaf.takeBack,
  says: ['udp/127.0.0.1: 127.in-addr.arpa SOA', 'got REFUSED', 'allow-query'],
})

const homely = edit((text) =>
  text.replace('allow-recursion { any; }', 'allow-recursion { !127.0.0.1; any; }'),
)
patient.breaks({
  name: 'H408: recursion is refused to loopback',
  break: homely.make,
  mend: homely.takeBack,
  says: [`${UPSTREAM_ZONE} AAAA: `, 'got REFUSED'],
})

let zone = ''
patient.breaks({
  name: 'H409: the zone of the probe does not load',
  async break(s1) {
    zone = s1.node.read('/etc/bind/db.127')
    s1.node.write('/etc/bind/db.127', 'this is no zone\n')
    await s1.named.restart()
  },
  async mend(s1) {
    s1.node.write('/etc/bind/db.127', zone)
    await s1.named.restart()
  },
  says: ['No address gives the response to 127.in-addr.arpa SOA', 'SERVFAIL', '[checks.local]'],
})

const views = edit(() =>
  confWithViews([
    {
      name: 'service',
      lines:
        'match-destinations { 192.0.2.53; }; zone "127.in-addr.arpa" { type primary; file "/etc/bind/db.other"; };',
    },
    { name: 'rest', lines: 'include "/etc/bind/named.conf.default-zones";' },
  ]),
)
patient.breaks({
  name: 'H410: the service address answers from another view',
  async break(s1) {
    const text = s1.node.read('/etc/bind/db.127').replace('root.localhost.', 'other.localhost.')
    s1.node.write('/etc/bind/db.other', text)
    await views.make(s1)
  },
  mend: views.takeBack,
  says: ['udp/192.0.2.53, tcp/192.0.2.53: response to 127.in-addr.arpa SOA', 'other.localhost'],
})

const drop = 'iif lo ip6 daddr ::1 tcp dport 53 drop'
patient.breaks({
  name: 'H410: a packet filter on the loopback interface',
  break: (s1) => s1.firewall(`chain input { type filter hook input priority 0; ${drop}; }`),
  mend: (s1) => s1.clearFirewall(),
  says: ['tcp/::1: response to 127.in-addr.arpa SOA', 'tcp/::1: 127.in-addr.arpa SOA: no response'],
})

const deafening = 'chain input { type filter hook input priority 0; udp dport domain drop; }'
patient.breaks({
  name: 'H516: no query comes in, not even from this host itself',
  break: (s1) => s1.firewall(deafening),
  mend: (s1) => s1.clearFirewall(),
  says: [
    'Queries over UDP arrive on lo',
    'they do not reach the UDP socket',
    'chain input: udp dport 53 drop',
    'nft insert rule inet lab input udp dport 53 accept',
  ],
})
