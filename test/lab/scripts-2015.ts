// The shell scripts that steered keepalived in 2015, written anew, for servers that have no holdfast yet.
import type { Inside } from './inside.ts'
import { KEEPALIVED_CONF } from './keepalived.ts'
import type { Lab } from './lab.ts'
import type { ClusterSpec, InstanceSpec } from './layout.ts'
import { WHOAMI } from './resolver.ts'

/** One script for each rank that one of four servers can have. */
const RANKS = [1, 2, 3, 4] as const
const BASE_PRIORITY = 50
const WEIGHT = 50

const NAMED_CHECK = '/etc/keepalived/named_check'
const NAMED_OK = '/etc/keepalived/named_ok'
const NOTIFY = '/etc/keepalived/notify'

/**
 * named_check TYPE NUM PRIO: good if this host has that rank in the list and named answers. An
 * instance 1 goes to the top of the list, an instance 0 to its end.
 */
const NAMED_CHECK_TEXT = `#!/bin/sh
set -e
list=/etc/keepalived/priority.$1
found=$(grep -Fxn "$(hostname --short)" "$list")
rank=\${found%%:*}
if [ "$2" = 1 ]; then rank=$((${RANKS.length + 1} - rank)); fi
[ "$3" = "$rank" ] && ${NAMED_OK}
`

/** One query to one address of the host, for a name that needs no upstream. */
const NAMED_OK_TEXT = `#!/bin/sh
answer=$(dig @localhost +time=1 +tries=1 +short ${WHOAMI} in txt)
[ "$answer" = "\\"$(hostname --short)\\"" ]
`

/** Mail when an address comes, and when it goes because DNS here is dead. */
const NOTIFY_TEXT = `#!/bin/sh
instance=$2
state=$3
if [ "$state" = BACKUP ]; then
  ${NAMED_OK} && exit 0
  state=DEAD
fi
/usr/sbin/exim4 -t <<END
To: hostmaster@example.net
Subject: $instance $state on $(hostname)

END
`

/** All that somebody clears away who no longer needs it, but for the lists. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  [NAMED_CHECK]: NAMED_CHECK_TEXT,
  [NAMED_OK]: NAMED_OK_TEXT,
  [NOTIFY]: NOTIFY_TEXT,
}

export interface ScriptsOptions {
  /** VRRP's password; the cluster's name when it is left out. */
  readonly password?: string
  /** Whether state changes are told of by mail; not in a lab, which has none. */
  readonly tells?: boolean
}

type Host = Pick<Inside, 'write'>

/** Puts the scripts and their keepalived.conf on every server of a lab that was not started yet. */
export function installScripts(lab: Lab): void {
  const names = lab.servers.map((server) => server.name)
  for (const { node } of lab.servers) writeScripts(node, lab.clusters, names)
}

/** Puts the scripts, their keepalived.conf and the lists on a host. */
export function writeScripts(
  host: Host,
  clusters: readonly ClusterSpec[],
  names: readonly string[],
  options: ScriptsOptions = {},
): void {
  for (const [path, text] of Object.entries(SCRIPTS)) host.write(path, text, 0o755)
  host.write(KEEPALIVED_CONF, scriptsConf(clusters, options))
  for (const cluster of clusters)
    host.write(priorityList(cluster.name), `${(cluster.order ?? names).join('\n')}\n`)
}

/** Edits the list of a pool on all servers. */
export function writePriorities(lab: Lab, cluster: string, text: string): void {
  for (const { node } of lab.servers) node.write(priorityList(cluster), text)
}

/** Where the servers of a pool are listed, best first. */
export function priorityList(cluster: string): string {
  return `/etc/keepalived/priority.${cluster}`
}

/**
 * The same for every server: all BACKUP, VRRP version 2 with an advert a second, its defaults then.
 * Newer versions refuse IPv6 addresses among IPv4 ones: they stand in a block of their own.
 */
function scriptsConf(clusters: readonly ClusterSpec[], options: ScriptsOptions): string {
  const blocks = clusters.flatMap((cluster) =>
    cluster.instances.flatMap((instance) => [
      ...RANKS.map((rank) => scriptBlock(cluster.name, instance, rank)),
      instanceBlock(cluster.name, instance, options),
    ]),
  )
  return `global_defs {
  script_user root
}

${blocks.join('\n')}`
}

function scriptBlock(cluster: string, instance: InstanceSpec, rank: number): string {
  const num = instance.direction === 'forward' ? 1 : 0
  return `vrrp_script ${scriptName(instance, rank)} {
  script "${NAMED_CHECK} ${cluster} ${num} ${rank}"
  interval 1
  timeout 2
  weight ${rank * WEIGHT}
}
`
}

function instanceBlock(cluster: string, instance: InstanceSpec, options: ScriptsOptions): string {
  const v4 = instance.addresses
    .filter((address) => !address.includes(':'))
    .map((address) => `    ${address}/24`)
  const notify = options.tells === true ? `\n  notify ${NOTIFY}` : ''
  const v6 = instance.addresses
    .filter((address) => address.includes(':'))
    .map((address) => `    ${address}/64`)
  return `vrrp_instance ${instance.name} {
  virtual_router_id ${instance.routerId}
  interface eth0
  state BACKUP
  priority ${BASE_PRIORITY}
  advert_int 1${notify}
  authentication {
    auth_type PASS
    auth_pass ${(options.password ?? cluster).slice(0, 8)}
  }
  virtual_ipaddress {
${v4.join('\n')}
  }
  virtual_ipaddress_excluded {
${v6.join('\n')}
  }
  track_script {
${RANKS.map((rank) => `    ${scriptName(instance, rank)}`).join('\n')}
  }
}
`
}

function scriptName(instance: InstanceSpec, rank: number): string {
  return `named_check_${instance.name}_${rank}`
}
