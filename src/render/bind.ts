// The options that named needs so that every address can be probed and service addresses may come and go.
import type { Config } from '../config/config.ts'

/** What named itself answers for in every zone of `empty-zones-enable` (RFC 6303). */
const BUILT_IN = ['127.in-addr.arpa', '255.255.255.255.in-addr.arpa', '0.in-addr.arpa']

/**
 * A file to be included inside of `options { … }`.
 *
 * It says only what probing needs: who may ask, where to forward to and what to cache stay the
 * operator's. `localhost` is named's own list of all addresses of the host, service addresses
 * included, and it follows them.
 */
export function renderBindOptions(config: Config): string {
  return `// Rendered by "holdfast render-config": edit holdfast.toml and render again.
// Include it inside of the options: options { …; include "/etc/bind/holdfast.options"; };
// Who may ask is yours to say; allow-query and allow-recursion must not leave out "localhost",
// which is every address of this host.

// Every address is probed, and service addresses come and go.
listen-on { any; };
listen-on-v6 { any; };
automatic-interface-scan yes;

// A probe asks from the address that it asks: no limit may take that for an attack.
// Where you limit rates yourself, remove this and put exempt-clients into your own rate-limit.
rate-limit {
  exempt-clients { localhost; };
};

${probeZone(config)}
${querySource(config)}`
}

/** Named answers for these zones by itself, so that a probe there needs nothing beyond this server. */
function probeZone(config: Config): string {
  const asked = config.groups
    .filter((group) => group.kind === 'required')
    .flatMap((group) => group.probes.map((probe) => probe.question.name))
  const elsewhere = [...new Set(asked)].filter((name) => !isLocal(name))
  const note =
    elsewhere.length === 0
      ? []
      : [
          '// These required probes ask for other names, which this server must know without asking',
          `// others, or it counts as failed when the others do: ${elsewhere.join(', ')}`,
        ]
  return [
    '// The zones of RFC 6303: 127.in-addr.arpa is the zone that probes ask for, and needs no upstream.',
    'empty-zones-enable yes;',
    ...note,
    '',
  ].join('\n')
}

function isLocal(name: string): boolean {
  const folded = name.toLowerCase().replace(/\.$/, '')
  return (
    folded === 'localhost' ||
    BUILT_IN.some((zone) => folded === zone || folded.endsWith(`.${zone}`))
  )
}

function querySource(config: Config): string {
  const addresses = config.pools.flatMap((pool) => pool.instances.flatMap((it) => it.addresses))
  return `// The replies to a query that is sent from a service address go to whoever holds it then. The
// kernel prefers this server's own addresses, but named can be told outright, on each server:
//   query-source address OWN-IPV4; query-source-v6 address OWN-IPV6;
// and never one of ${addresses.join(', ')}
`
}
