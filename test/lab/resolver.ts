// BIND's configuration in the lab: the servers' and that of the "internet" that they forward to.

import { existsSync } from 'node:fs'
import { renderBindOptions, renderBindZone } from '../../src/bind/options.ts'
import { configOf } from '../config/parsing.ts'
import type { Node } from './namespace.ts'

/** The name whose TXT record says which server answered. */
export const WHOAMI = 'whoami.lab'
/** A zone that only the upstream node knows; any name in it exists. */
export const UPSTREAM_ZONE = 'upstream.example'
/** Zones as they are in real life, on the upstream node: few names are there, and TTLs are long. */
const REAL_ZONES = ['com', 'org', 'de']
const REAL_TTL_S = 900

export const NAMED_COMMAND = ['named', '-g', '-u', 'bind', '-n', '1', '-c', '/etc/bind/named.conf']
export const NAMED_READY = /\brunning$/

/** Where what render-config has to say to named goes. */
export const BIND_OPTIONS = '/etc/bind/holdfast.options'
const BIND_ZONE = '/etc/bind/holdfast.zone'

/** Zones that Debian's named has, up to that of Debian 12. */
const DEFAULT_ZONES = '/etc/bind/named.conf.default-zones'
/** The one of them that is probed by default; what forwards everything has no such zone built in. */
const PROBED_ZONE = `zone "127.in-addr.arpa" {
  type primary;
  database "_builtin empty localhost. root.localhost.";
};
`

/**
 * Writes what named needs on a server: recursion, forwarding to `upstream`, its own name, what
 * render-config makes of its holdfast.toml, and more `options` of the test's.
 */
export function configureServerNamed(
  node: Node,
  upstream: string,
  toml: string,
  options = '',
): void {
  prepare(node)
  if (!existsSync(node.path(DEFAULT_ZONES))) node.write(DEFAULT_ZONES, PROBED_ZONE)
  node.write(BIND_OPTIONS, renderBindOptions(configOf(toml, node.name)))
  node.write(BIND_ZONE, renderBindZone())
  node.write('/etc/bind/named.conf', serverConf(upstream, options))
  const zone = `@ TXT "${node.name}"\n`
  node.write('/var/cache/bind/whoami.zone', zoneHead(SHORT_TTL_S) + zone)
}

/** Writes what named needs on the upstream node: it knows a few zones and refuses the rest. */
export function configureUpstreamNamed(node: Node): void {
  prepare(node)
  node.write('/etc/bind/named.conf', upstreamConf())
  const records = '@ A 198.51.100.1\n@ AAAA 2001:db8:ff::1\n* A 198.51.100.2\n* TXT "upstream"\n'
  node.write('/var/cache/bind/upstream.zone', zoneHead(SHORT_TTL_S) + records)
  node.write('/var/cache/bind/real.zone', zoneHead(REAL_TTL_S))
}

/** Debian's unit makes this folder when it starts named. */
function prepare(node: Node): void {
  node.write('/run/named/.keep', '')
}

function serverConf(upstream: string, options: string): string {
  return `options {
  directory "/var/cache/bind";
  recursion yes;
  allow-query { any; };
  allow-recursion { any; };
  include "${BIND_OPTIONS}";
  forward only;
  forwarders { ${upstream}; };
  dnssec-validation no;
  max-cache-size 16m;
  session-keyfile none;
  ${options}
};
include "${DEFAULT_ZONES}";
include "${BIND_ZONE}";
zone "${WHOAMI}" { type primary; file "whoami.zone"; };
`
}

function upstreamConf(): string {
  return `options {
  directory "/var/cache/bind";
  recursion no;
  allow-query { any; };
  listen-on { any; };
  listen-on-v6 { any; };
  session-keyfile none;
};
zone "${UPSTREAM_ZONE}" { type primary; file "upstream.zone"; };
${REAL_ZONES.map((name) => `zone "${name}" { type primary; file "real.zone"; };`).join('\n')}
`
}

/** With it no server's cache hides an upstream that is gone. */
const SHORT_TTL_S = 1

function zoneHead(ttlS: number): string {
  return `$TTL ${ttlS}\n@ SOA localhost. root.localhost. 1 3600 600 86400 ${ttlS}\n@ NS localhost.\n`
}
