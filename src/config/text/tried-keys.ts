// Words that operators try as keys, from keepalived.conf and from other health checkers: what to write here instead.

const FAILBACK =
  'write failback_delay under [flap]: how long a server that failed must stay healthy'
const SERVER_ORDER = 'the server order decides, in /etc/holdfast/order/CLUSTER'
const ADDRESSES = 'write addresses = ["192.0.2.53/24"] in [clusters.NAME.instances.NAME]'
const NOTIFY = 'write [notify], or [notify.channels.NAME] with type = "command"'
const PEERING = 'write peering = "unicast" under [keepalived], and all servers under [servers]'
const PASSWORD = 'put the password into a file, and write auth_pass_file = "…" under [keepalived]'

const TRIED: Readonly<Record<string, string>> = {
  preempt_delay: FAILBACK,
  nopreempt: `holdfast has no such mode; ${FAILBACK}`,
  hold_down: FAILBACK,
  hold_time: FAILBACK,
  interval: 'write check_interval under [timing], or interval in [checks.NAME]',
  delay_loop: 'write check_interval under [timing]',
  retry: 'write retries under [timing]',
  retries: 'write retries under [timing]',
  timeout: 'write timeout in [checks.NAME]',
  fall: 'write fall under [flap]',
  rise: 'write rise under [flap]',
  priority: SERVER_ORDER,
  state: `no server begins as MASTER: ${SERVER_ORDER}`,
  virtual_ipaddress: ADDRESSES,
  vip: ADDRESSES,
  dig: 'write probes = ["www.example.com A"] in [checks.NAME]',
  script: 'write probes = ["www.example.com A"] in [checks.NAME]: holdfast runs no script',
  advert_int: 'write advert_interval under [keepalived]',
  auth_pass: PASSWORD,
  authentication: PASSWORD,
  unicast_peer: PEERING,
  unicast_src_ip: PEERING,
  lb_algo: 'write lvs_sched',
  lb_kind: 'write lvs_method',
  smtp_alert: NOTIFY,
  notify_master: NOTIFY,
  notify_backup: NOTIFY,
  notify_fault: NOTIFY,
  vrrp_instance: 'write [clusters.NAME.instances.NAME]',
  virtual_server: 'write [balancer.services.NAME]',
  real_server: 'write [balancer.services.NAME.servers.NAME]',
  global_defs: 'write global_defs = ["…"] under [keepalived.extra_lines]',
}

/** What to write instead of a key that does not exist, or null for one that nobody is known to try. */
export function hintForTried(name: string): string | null {
  return Object.hasOwn(TRIED, name) ? (TRIED[name] ?? null) : null
}
