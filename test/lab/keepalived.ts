// keepalived's configuration in the lab, written by hand, and the service that runs it.
import type { InstanceSpec, PoolSpec } from './layout.ts'

export const KEEPALIVED_COMMAND = ['keepalived', '--dont-fork', '--log-console', '--log-detail']
export const KEEPALIVED_READY = /Entering BACKUP STATE/
export const KEEPALIVED_CONF = '/etc/keepalived/keepalived.conf'

/**
 * The same text for every server but for `router_id`: all start as BACKUP at the lowest priority,
 * and the files that the daemon writes raise them. `check` is the dead-man: when it fails, the
 * lowest priority is all that is left, whatever the file says.
 */
export function keepalivedConf(server: string, pools: readonly PoolSpec[]): string {
  const instances = pools.flatMap((pool) => pool.instances)
  return `${globals(server)}${instances.map(trackFile).join('')}${instances.map(instance).join('')}`
}

/**
 * When two backups take over at the same moment, the one that steps down again may have been the
 * last to announce itself, and clients send to it until the winner does so anew: by default five
 * seconds later. So the winner repeats itself soon, and goes on doing so.
 */
function globals(server: string): string {
  return `global_defs {
  router_id ${server}
  vrrp_version 3
  vrrp_garp_master_delay 1
  vrrp_garp_master_refresh 2
  enable_script_security
  script_user root
}

vrrp_script holdfast {
  script "/usr/local/bin/holdfast check"
  interval 1
  timeout 1
  rise 1
  fall 1
  weight -253
  init_fail
}
`
}

function trackFile(spec: InstanceSpec): string {
  return `
track_file ${spec.name} {
  file /run/holdfast/priority/${spec.name}
  weight 1
}
`
}

/** VRRPv3 carries one family; the other one's addresses move along as "excluded" ones. */
function instance(spec: InstanceSpec): string {
  const v4 = spec.addresses.filter((address) => !address.includes(':'))
  const v6 = spec.addresses.filter((address) => address.includes(':'))
  const excluded = v6.map((address) => `    ${address}/64 dev eth0`).join('\n')
  return `
vrrp_instance ${spec.name} {
  state BACKUP
  interface eth0
  virtual_router_id ${spec.routerId}
  version 3
  priority 1
  advert_int 0.1
  virtual_ipaddress {
${v4.map((address) => `    ${address}/24 dev eth0`).join('\n')}
  }
  virtual_ipaddress_excluded {
${excluded}
  }
  track_file {
    ${spec.name}
  }
  track_script {
    holdfast
  }
}
`
}
