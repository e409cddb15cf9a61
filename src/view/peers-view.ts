// The other servers as a table: who answers on its own addresses, over what, how fast.
import type { Transport } from '../dns/probe.ts'
import type { Peer } from '../documents/peers-document.ts'
import type { Style } from './style.ts'
import { type Column, table } from './text-table.ts'

interface Row {
  readonly peer: Peer
  readonly address: string
  readonly isFirst: boolean
}

/** One row an address; a server without addresses has one as well. */
export function peersView(peers: readonly Peer[], style: Style, width: number): string {
  const rows = peers.flatMap((peer) => {
    const addresses = [...new Set(peer.endpoints.map((endpoint) => endpoint.address))]
    const shown = addresses.length === 0 ? ['-'] : addresses
    return shown.map((address, index): Row => ({ peer, address, isFirst: index === 0 }))
  })
  const columns: readonly Column<Row>[] = [
    { title: 'SERVER', text: (row) => (row.isFirst ? row.peer.server : '') },
    { title: 'ANSWERS', text: answersText, paint: answersPaint },
    { title: 'ADDRESS', text: (row) => row.address },
    { title: 'UDP', text: (row) => endpointText(row, 'udp') },
    { title: 'TCP', text: (row) => endpointText(row, 'tcp') },
    {
      title: 'LISTED IN',
      text: (row) => (row.isFirst ? row.peer.clusters.join(' ') || 'no order' : ''),
    },
  ]
  return table(columns, rows, style, width).join('\n')
}

function answersText({ peer, isFirst }: Row): string {
  if (!isFirst) return ''
  return `${peer.healthy ? 'yes' : 'no'}${peer.self ? ' (this one)' : ''}`
}

function answersPaint({ peer }: Row, style: Style): (text: string) => string {
  return peer.healthy ? style.good : style.bad
}

function endpointText({ peer, address }: Row, transport: Transport): string {
  const endpoint = peer.endpoints.find(
    (one) => one.address === address && one.transport === transport,
  )
  if (endpoint === undefined) return '-'
  return endpoint.outcome === 'ok' ? `${endpoint.latencyMs.toFixed(1)} ms` : endpoint.outcome
}
