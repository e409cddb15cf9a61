// The cluster as this server sees it: whose DNS answers, who holds each address, who is next. What is not known is left out.

import type { InstanceConfig } from '../config/config.ts'
import type { OrderLine } from '../config/order-edit.ts'
import { effectivePriority, rankOf } from '../core/priority.ts'
import type { Peer } from '../documents/peers-document.ts'
import type { StatusDocument } from '../documents/status-document.ts'
import { priorityText } from '../documents/text.ts'
import type { Style } from './style.ts'
import { type Column, table, wrapped } from './text-table.ts'

export interface Cluster {
  readonly name: string
  readonly instances: readonly ClusterInstance[]
  /** The lines of the order file on this host, or why it could not be read. */
  readonly order: readonly OrderLine[] | string
}

type ClusterInstance = Pick<InstanceConfig, 'name' | 'addresses' | 'reverseOrder'>

/** What is known on this host. */
export interface ClusterSight {
  readonly server: string
  readonly peers: readonly Peer[]
  /** The daemon's, while it is current. */
  readonly status: StatusDocument | null
  /**
   * Who holds what this server does not, as keepalived hears it: a name, or null where the priority is
   * that of no rank. Or why that is not known.
   */
  readonly holders: ReadonlyMap<string, string | null> | string
}

interface Row {
  readonly server: string
  /** null for a server of [servers] that the order does not name. */
  readonly line: OrderLine | null
  readonly peer: Peer | null
}

/** A table for each cluster, and below each what does not fit into a cell. */
export function clusterView(
  clusters: readonly Cluster[],
  sight: ClusterSight,
  style: Style,
  width: number,
): string {
  return clusters.map((cluster) => oneCluster(cluster, sight, style, width).join('\n')).join('\n\n')
}

function oneCluster(cluster: Cluster, sight: ClusterSight, style: Style, width: number): string[] {
  const rows = rowsOf(cluster, sight)
  const members = rows.filter(({ line }) => line?.listed === true)
  const healthy = members.filter(({ peer }) => peer?.healthy === true).length
  const order = members.map(({ server }) => server)
  const columns: Column<Row>[] = [
    {
      title: 'SERVER',
      text: ({ server }) => (server === sight.server ? `${server} (here)` : server),
      paint: ({ line }) => (line?.listed === true ? style.strong : style.faint),
    },
    {
      title: 'DNS',
      text: ({ peer }) => dnsText(peer),
      paint: ({ peer }) => (peer?.healthy === true ? style.good : style.bad),
    },
    ...cluster.instances.map(
      (instance): Column<Row> => ({
        title: instance.name,
        text: (row) => placeText(row, instance, order, sight),
      }),
    ),
    { title: 'COMMENT', text: ({ line }) => line?.remark ?? '' },
  ]
  const hasComments = rows.some(({ line }) => (line?.remark ?? '') !== '')
  const head = `cluster ${cluster.name}: ${healthy} of ${members.length} servers healthy, seen from ${sight.server}`
  const notes = notesOn(cluster, sight, rows)
  return [
    style.strong(head),
    ...cluster.instances.map(({ name, addresses }) => `  ${name}  ${addresses.join(' ')}`),
    '',
    ...table(hasComments ? columns : columns.slice(0, -1), rows, style, width),
    ...(notes.length === 0 ? [] : ['']),
    ...notes.flatMap((note) => wrapped(note, width)),
  ]
}

/** In the order of the file, those that are out of it last. */
function rowsOf({ order }: Cluster, { peers }: ClusterSight): readonly Row[] {
  const lines = typeof order === 'string' ? [] : order
  const peerOf = (server: string) => peers.find((peer) => peer.server === server) ?? null
  const named = [...lines.filter(({ listed }) => listed), ...lines.filter(({ listed }) => !listed)]
  const others = peers.filter(({ server }) => !lines.some((line) => line.server === server))
  return [
    ...named.map((line) => ({ server: line.server, line, peer: peerOf(line.server) })),
    ...others.map((peer) => ({ server: peer.server, line: null, peer })),
  ]
}

function dnsText(peer: Peer | null): string {
  if (peer === null || peer.endpoints.length === 0) return 'no address'
  const bad = peer.endpoints.find(({ outcome }) => outcome !== 'ok')
  if (!peer.healthy) return `FAIL ${bad?.outcome ?? ''}`.trimEnd()
  const slowestMs = Math.max(...peer.endpoints.map(({ latencyMs }) => latencyMs))
  return `ok ${slowestMs.toFixed(1)} ms`
}

/**
 * The state and priority of a server in an instance: of this server by its daemon, of a holder by the
 * advertisements that keepalived receives. Of the others the rank alone is known.
 */
function placeText(
  { server, line }: Row,
  { name, reverseOrder }: ClusterInstance,
  order: readonly string[],
  { server: here, status, holders }: ClusterSight,
): string {
  if (line === null) return 'not listed'
  if (!line.listed) return 'out'
  const rank = rankOf(order, server, reverseOrder)
  if (rank === null) return '-'
  const place = `rank ${rank}`
  if (server === here) {
    const own = status?.instances.find((instance) => instance.name === name)
    if (own === undefined) return `${place}, no status`
    const state = own.holding ? 'holder' : own.state === 'healthy' ? 'standby' : own.state
    return `${state} ${priorityText(own.priority)}`
  }
  if (typeof holders === 'string' || holders.get(name) !== server) return place
  return `holder ${priorityText(effectivePriority('healthy', rank, order.length))}`
}

function notesOn(
  { instances, order }: Cluster,
  { holders, status }: ClusterSight,
  rows: readonly Row[],
): readonly string[] {
  const failing = rows.flatMap(({ server, peer }) => {
    const bad = peer?.endpoints.filter(({ outcome }) => outcome !== 'ok') ?? []
    const each = bad.map(({ transport, address, outcome }) => `${transport}/${address} ${outcome}`)
    return each.length === 0 ? [] : [`${server}: ${each.join(', ')}`]
  })
  const isHere = (name: string) =>
    status?.instances.some((instance) => instance.name === name && instance.holding) === true
  const elsewhere = instances.map(({ name }) => name).filter((name) => !isHere(name))
  const unnamed =
    typeof holders === 'string' ? [] : elsewhere.filter((name) => holders.get(name) === null)
  return [
    ...failing,
    ...(typeof order === 'string' ? [order] : []),
    ...(typeof holders === 'string' && elsewhere.length > 0
      ? [`${elsewhere.join(', ')}: holder unknown (${holders})`]
      : []),
    ...unnamed.map(
      (name) =>
        `${name}: no rank fits the holder's priority (drained, degraded, failed, on probation, or keepalived does not use holdfast's priorities)`,
    ),
  ]
}
