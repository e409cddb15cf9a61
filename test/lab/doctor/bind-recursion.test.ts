// Local data is there and the world is not, and what stands between named and its own probes.
import { CONFIG_PATH } from '../holdfast.ts'
import { UPSTREAM_ZONE } from '../resolver.ts'
import type { LabServer } from '../server.ts'
import { ward } from './broken.ts'
import { confWithViews, edit } from './named.ts'

const SHORT_LIVED = `probes = ["www.${UPSTREAM_ZONE} A", "${UPSTREAM_ZONE} AAAA"]`

const patient = ward({ extraToml: `\n[checks.world]\nkind = "upstream"\n${SHORT_LIVED}\n` })

const astray = edit((text) => text.replace(/forwarders \{[^}]*\};/, 'forwarders { 192.0.2.100; };'))
patient.breaks({
  name: 'H412: the forwarder is no DNS server',
  break: astray.make,
  mend: astray.takeBack,
  says: [
    '[checks.world]: 0 probes pass',
    'but the quorum is 2',
    `dig @192.0.2.100 www.${UPSTREAM_ZONE}`,
  ],
})

const asking = (from: string, to: string) => (server: LabServer) => {
  const text = server.node.read(CONFIG_PATH)
  if (!text.includes(from)) throw new Error(`the configuration has no ${from}`)
  server.node.write(CONFIG_PATH, text.replace(from, to))
}

const LONG_LIVED = 'probes = ["com SOA", "org SOA"]'
patient.breaks({
  name: 'H420: names that the cache has for a quarter of an hour',
  break: asking(SHORT_LIVED, LONG_LIVED),
  // As the remedy says, and it may stay so.
  mend: asking(
    LONG_LIVED,
    'probes = [{ question = "holdfast-{random}.com A", rcode = "NXDOMAIN" }]',
  ),
  says: ['[checks.world]', 'com SOA: ', 's in the cache', 'holdfast-{random}.com A'],
})

const limited = (limit: string) =>
  edit(() =>
    confWithViews([
      {
        name: 'all',
        lines: `rate-limit { ${limit} }; include "/etc/bind/named.conf.default-zones";`,
      },
    ]),
  )

const roomy = limited('responses-per-second 100; exempt-clients { localhost; };')
patient.breaks({
  name: 'H413: a rate limit with room leaves out the service addresses',
  break: roomy.make,
  mend: roomy.takeBack,
  says: ['192.0.2.53', '2001:db8::53', 'rate-limit in view \\"all\\": responses-per-second 100'],
})

const tight = limited('responses-per-second 1; slip 1;')
patient.breaks({
  name: 'H414: a rate limit below what the probes need',
  break: tight.make,
  mend: tight.takeBack,
  says: ['drops probes: 2 probes per second, responses-per-second 1'],
})

const source = edit((text) =>
  text.replace('recursion yes;', 'recursion yes;\n  query-source address 192.0.2.53;'),
)
patient.breaks({
  name: 'H419: named asks the world from a service address',
  break: source.make,
  mend: source.takeBack,
  says: ['query-source address 192.0.2.53'],
})
