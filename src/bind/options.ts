// The options that named needs so that every address can be probed and service addresses may come and go.
import type { Config } from '../config/config.ts'

/**
 * A zone for probes alone. Nobody else can have a name below "invalid" (RFC 6761 section 6.4), and
 * named makes its two records up by itself, so there is no file to look after.
 */
const PROBE_ZONE = 'probe.holdfast.invalid'

/** Where Debian's named looks for its files; `named.conf` has to include them by these names. */
export const BIND_OPTIONS_FILE = '/etc/bind/holdfast.options'
export const BIND_ZONE_FILE = '/etc/bind/holdfast.zone'
/** Parts of the options, for an operator who limits rates or listens in a way of his own. */
export const BIND_LISTEN_FILE = '/etc/bind/holdfast.listen'
export const BIND_EXEMPT_FILE = '/etc/bind/holdfast.exempt'

const HEAD = `// Rendered by "holdfast render-config": edit holdfast.toml and render again.`

/** Zones that named answers for by itself (RFC 6303), unless it forwards everything. */
const BUILT_IN = ['127.in-addr.arpa', '255.255.255.255.in-addr.arpa', '0.in-addr.arpa']

/** A file to be included beside of the options, or in each view that this host matches. */
export function renderBindZone(): string {
  return `${HEAD}
// Include it outside of the options: include "${BIND_ZONE_FILE}";
// If named.conf has views, include it inside the view that matches "localhost" instead.
// Then these probes need nothing beyond this server: [checks.local] probes = ["${PROBE_ZONE} SOA"]
zone "${PROBE_ZONE}" {
  type primary;
  database "_builtin empty localhost. root.localhost.";
};
`
}

/** A file to be included inside of `options { … }`, which is the only place for these statements. */
export function renderBindListen(): string {
  return `${HEAD}
// Include it inside of the options: options { …; include "${BIND_LISTEN_FILE}"; };
${LISTEN}`
}

/** A file to be included inside of a `rate-limit { … }` of the operator's, in the options or in a view. */
export function renderBindExempt(config: Config): string {
  return `${HEAD}
// Include it inside of rate-limit, in the options or in a view:
//   rate-limit { responses-per-second 20; include "${BIND_EXEMPT_FILE}"; };
${exemption(addressesOf(config))}`
}

/**
 * A file to be included inside of `options { … }`.
 *
 * It says only what probing needs: who may ask, where to forward to and what to cache stay the
 * operator's. `localhost` is named's own list of all addresses of the host, which follows them
 * everywhere but in `exempt-clients` (9.18.49: until the next reload).
 */
export function renderBindOptions(config: Config): string {
  const addresses = addressesOf(config)
  return `${HEAD}
// Include it inside of the options: options { …; include "${BIND_OPTIONS_FILE}"; };
// Who may ask is yours to say; allow-query and allow-recursion must not leave out "localhost",
// which is every address of this host.

${LISTEN}
// If you limit rates yourself, do not include this file: include what "holdfast render-config
// bind-listen" and "bind-exempt" render.
rate-limit {
${exemption(addresses).replaceAll(/^/gm, '  ').trimEnd()}
};

${probeZone(config)}
${querySource(addresses)}`
}

const LISTEN = `// Every address is probed, and service addresses move between servers.
listen-on { any; };
listen-on-v6 { any; };
automatic-interface-scan yes;
`

function exemption(addresses: readonly string[]): string {
  return `// A probe is sent from the address that it queries: no rate limit may drop it. Here named does not
// count addresses that were added later among "localhost", so service addresses are listed.
exempt-clients {
  localhost;
  ${addresses.join(';\n  ')};
};
`
}

function addressesOf(config: Config): readonly string[] {
  return config.clusters.flatMap((cluster) =>
    cluster.instances.flatMap((instance) => instance.addresses),
  )
}

/** A required probe must be answered by what is on this server, or it fails when others do. */
function probeZone(config: Config): string {
  const asked = config.groups
    .filter((group) => group.kind === 'required')
    .flatMap((group) => group.probes.map((probe) => probe.question.name))
  const elsewhere = [...new Set(asked)].filter((name) => !isIn([...BUILT_IN, PROBE_ZONE], name))
  const warning = `// Without zones of their own here these probes fail when others do: ${elsewhere.join(', ')}\n`
  return `// Probes ask for what this server knows by itself. 127.in-addr.arpa is there by this, unless all is
// forwarded ("forward only") and named.conf has no zone of that name. The zone that "holdfast
// render-config bind-zone" renders is there in any case.
${elsewhere.length === 0 ? '' : warning}empty-zones-enable yes;
`
}

function isIn(zones: readonly string[], name: string): boolean {
  const folded = name.toLowerCase().replace(/\.$/, '')
  return zones.some((zone) => folded === zone || folded.endsWith(`.${zone}`))
}

function querySource(addresses: readonly string[]): string {
  return `// The replies to a query that is sent from a service address go to whoever holds it then. The
// kernel prefers this server's own addresses, but you can set it in named, on each server:
//   query-source address OWN-IPV4; query-source-v6 address OWN-IPV6;
// and never one of ${addresses.join(', ')}
`
}
