// The shell scripts that steered keepalived in 2015, written anew, in place of holdfast on the servers.
import { KEEPALIVED_CONF } from './keepalived.ts'
import type { Lab } from './lab.ts'
import type { InstanceSpec, PoolSpec } from './layout.ts'
import { WHOAMI } from './resolver.ts'

/** One script for each rank that one of four servers can have. */
const RANKS = [1, 2, 3, 4] as const
const BASE_PRIORITY = 50
const WEIGHT = 50

const NAMED_CHECK = '/etc/keepalived/named_check'
const NAMED_OK = '/etc/keepalived/named_ok'

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

/** Puts the scripts and their keepalived.conf on every server of a lab that was not started yet. */
export function installScripts(lab: Lab): void {
  for (const { node } of lab.servers) {
    node.write(NAMED_CHECK, NAMED_CHECK_TEXT, 0o755)
    node.write(NAMED_OK, NAMED_OK_TEXT, 0o755)
    node.write(KEEPALIVED_CONF, scriptsConf(lab.pools))
  }
  const names = lab.servers.map((server) => server.name)
  for (const pool of lab.pools) {
    writePriorities(lab, pool.name, `${(pool.order ?? names).join('\n')}\n`)
  }
}

/** Edits the list of a pool on all servers. */
export function writePriorities(lab: Lab, pool: string, text: string): void {
  for (const { node } of lab.servers) node.write(`/etc/keepalived/priority.${pool}`, text)
}

/**
 * The same for every server: all BACKUP, VRRP version 2 with an advert a second, its defaults then.
 * Newer versions refuse IPv6 addresses among IPv4 ones: they stand in a block of their own.
 */
export function scriptsConf(pools: readonly PoolSpec[]): string {
  const blocks = pools.flatMap((pool) =>
    pool.instances.flatMap((instance) => [
      ...RANKS.map((rank) => scriptBlock(pool.name, instance, rank)),
      instanceBlock(pool.name, instance),
    ]),
  )
  return `global_defs {
  script_user root
}

${blocks.join('\n')}`
}

function scriptBlock(pool: string, instance: InstanceSpec, rank: number): string {
  const num = instance.direction === 'forward' ? 1 : 0
  return `vrrp_script ${scriptName(instance, rank)} {
  script "${NAMED_CHECK} ${pool} ${num} ${rank}"
  interval 1
  timeout 2
  weight ${rank * WEIGHT}
}
`
}

function instanceBlock(pool: string, instance: InstanceSpec): string {
  const v4 = instance.addresses.filter((it) => !it.includes(':')).map((it) => `    ${it}/24`)
  const v6 = instance.addresses.filter((it) => it.includes(':')).map((it) => `    ${it}/64`)
  return `vrrp_instance ${instance.name} {
  virtual_router_id ${instance.routerId}
  interface eth0
  state BACKUP
  priority ${BASE_PRIORITY}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass ${pool.slice(0, 8)}
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
