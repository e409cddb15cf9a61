// keepalived.conf from the config: every server a BACKUP, and the daemon's word decides. And without its secrets.
import { pathsTable } from '../config/schema.ts'
import type { ServiceAddress, VrrpConfig, VrrpInstance } from '../config/vrrp-config.ts'
import type { Family } from '../dns/probe.ts'
import { block } from './block.ts'
import { type ConfiguredElection, type ElectionMember, electionOf } from './elections.ts'
import type { Release } from './release.ts'
import { type Trackers, trackersFor } from './trackers.ts'
import { balancingFor } from './virtual-servers.ts'

/** Where the file is for, and what is not in the config. */
export interface KeepalivedSite {
  /** This server, of which unicast needs the address. */
  readonly server: string
  /** The folder of status.json and priority/INSTANCE. */
  readonly runDir: string
  /** The folder of the spool. */
  readonly stateDir: string
  /** The VRRPv2 password, or null for none. */
  readonly secret: string | null
  /** That of the keepalived that will read it; null where it is not known. */
  readonly release: Release | null
}

/**
 * The text of keepalived.conf. The same input gives the same bytes, and with multicast the file is
 * the same on every server that has the same release of keepalived.
 *
 * keepalived 2.2.7 forgives little. So scripts and files stand above what tracks them, an instance
 * in a sync group leaves tracking to the group, one virtual_ipaddress holds one family, and nothing
 * is here that would keep a backup from preempting a master that has become worse.
 */
export function renderKeepalived(vrrp: VrrpConfig, site: KeepalivedSite): string {
  const trackers = trackersFor(vrrp, site.runDir, site.release)
  const elections = vrrp.instances.map(electionOf)
  const balancing = balancingFor(vrrp, elections, site.runDir)
  const groups = elections.filter((election) => election.isGroup)
  const blocks = [
    header(vrrp, site),
    globals(vrrp, balancing.globals),
    ...trackers.definitions,
    ...balancing.definitions,
    ...groups.map((group) => syncGroup(group, vrrp, site, trackers)),
    ...elections.flatMap((election) =>
      election.members.map((member) => instance(election, member, vrrp, site, trackers)),
    ),
    ...balancing.virtualServers,
    vrrp.extraLines.file.join('\n'),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

function header(vrrp: VrrpConfig, site: KeepalivedSite): string {
  const whose =
    vrrp.peering === 'unicast'
      ? `# For server ${site.server} alone: with unicast its own address is in it.`
      : '# The same on every server with the same keepalived.'
  return `# Rendered by "holdfast render-config": edit holdfast.toml and render again.\n${whose}`
}

/**
 * When two backups take over at the same moment, the one that steps down again may have been the
 * last to announce itself, and clients send to it until the winner does so anew: five seconds later
 * unless told otherwise. So the winner repeats itself soon, and goes on doing so.
 */
function globals(vrrp: VrrpConfig, ofBalancer: readonly string[]): string {
  return block('global_defs', [
    `vrrp_version ${vrrp.vrrpVersion}`,
    'vrrp_garp_master_delay 1',
    'vrrp_garp_master_refresh 2',
    'enable_script_security',
    `script_user ${vrrp.scriptUser}`,
    ...ofBalancer,
    ...vrrp.extraLines.globalDefs,
  ])
}

function syncGroup(
  { instance, members }: ConfiguredElection,
  vrrp: VrrpConfig,
  site: KeepalivedSite,
  trackers: Trackers,
): string {
  return block(`vrrp_sync_group ${instance.name}`, [
    block(
      'group',
      members.map((member) => member.name),
    ),
    ...tracking(instance, trackers),
    ...notify(vrrp, site),
    ...vrrp.extraLines.vrrpSyncGroup,
  ])
}

function instance(
  { instance, isGroup }: ConfiguredElection,
  member: ElectionMember,
  vrrp: VrrpConfig,
  site: KeepalivedSite,
  trackers: Trackers,
): string {
  return block(`vrrp_instance ${member.name}`, [
    'state BACKUP',
    `interface ${instance.interface}`,
    ...vmac(instance, vrrp),
    `virtual_router_id ${instance.routerId}`,
    `priority ${trackers.basePriority}`,
    `advert_int ${vrrp.advertIntervalMs / 1000}`,
    ...authentication(site.secret),
    ...unicast(member.family, vrrp, site.server),
    block('virtual_ipaddress', member.addresses.map(addressLine)),
    ...some('virtual_ipaddress_excluded', member.excluded.map(addressLine)),
    ...(isGroup ? [] : [...tracking(instance, trackers), ...notify(vrrp, site)]),
    ...vrrp.extraLines.vrrpInstance,
    ...instance.extraLines,
  ])
}

/** With unicast, keepalived can only send from the interface below the virtual one, and says so. */
function vmac({ useVmac }: VrrpInstance, { peering }: VrrpConfig): string[] {
  if (!useVmac) return []
  return peering === 'unicast' ? ['use_vmac', 'vmac_xmit_base'] : ['use_vmac']
}

function authentication(secret: string | null): string[] {
  return secret === null ? [] : [block('authentication', ['auth_type PASS', `auth_pass ${secret}`])]
}

function unicast(family: Family, { peering, servers }: VrrpConfig, server: string): string[] {
  if (peering !== 'unicast') return []
  const addressOf = (name: string) =>
    servers
      .find((serverAddresses) => serverAddresses.name === name)
      ?.addresses.find((address) => address.family === family)?.address
  const peers = servers
    .map((serverAddresses) => serverAddresses.name)
    .filter((name) => name !== server)
  return [
    `unicast_src_ip ${addressOf(server)}`,
    block(
      'unicast_peer',
      peers.map((name) => `${addressOf(name)}`),
    ),
  ]
}

/**
 * An IPv6 service address is deprecated from birth (RFC 4862 section 5.5.4), so that the host never
 * chooses it as the source of a query of its own: the reply would go to whoever holds it then.
 */
function addressLine({ family, address, prefixLength }: ServiceAddress): string {
  return `${address}/${prefixLength}${family === 6 ? ' preferred_lft 0' : ''}`
}

function tracking({ name }: VrrpInstance, trackers: Trackers): string[] {
  return [
    ...some('track_file', trackers.files(name)),
    ...some('track_script', trackers.scripts(name)),
  ]
}

function notify(vrrp: VrrpConfig, { runDir, stateDir }: KeepalivedSite): string[] {
  if (!vrrp.reportTransitions) return []
  const paths = pathsTable.defaults
  const flags = [
    ...(runDir === paths.runDir ? [] : ['--run-dir', runDir]),
    ...(stateDir === paths.stateDir ? [] : ['--state-dir', stateDir]),
  ]
  return [`notify "${[vrrp.holdfastPath, 'notify', ...flags].join(' ')}"`]
}

function some(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [block(head, lines)]
}

export const MASK = '***'

/** The text with a mask in place of every password in it. Lines keep their places. */
export function withoutSecrets(text: string): string {
  return text.replace(/(\bauth_pass[ \t]+)\S.*$/gm, `$1${MASK}`)
}
