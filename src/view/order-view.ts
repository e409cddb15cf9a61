// The server order of a cluster, for people and for programs: the ranks in each instance.
import type { ClusterConfig } from '../config/config.ts'
import type { OrderLine } from '../config/order-edit.ts'
import { isSameServer } from '../config/values/name.ts'
import { effectivePriority, type PublishedPriority, rankOf } from '../core/priority.ts'
import { priorityText } from '../documents/text.ts'
import type { Style } from './style.ts'
import { type Column, table } from './text-table.ts'

export interface OrderDocument {
  readonly cluster: string
  readonly file: string
  /** The server that this was asked on. */
  readonly server: string
  readonly instances: readonly { readonly name: string; readonly direction: string }[]
  /** In the order of the file. */
  readonly servers: readonly OrderedServer[]
}

export interface OrderedServer {
  readonly name: string
  /** False for one that was taken out. */
  readonly listed: boolean
  readonly remark: string
  /** Its rank in each instance, and the priority that it has while it is healthy. */
  readonly ranks: Readonly<
    Record<string, { readonly rank: number; readonly priority: PublishedPriority }>
  >
}

export function orderDocument(
  cluster: ClusterConfig,
  server: string,
  lines: readonly OrderLine[],
): OrderDocument {
  const order = lines.filter((line) => line.listed).map((line) => line.server)
  return {
    cluster: cluster.name,
    file: cluster.orderFile,
    server,
    instances: cluster.instances.map(({ name, reverseOrder }) => ({
      name,
      direction: reverseOrder ? 'reverse' : 'forward',
    })),
    servers: lines.map(({ server: name, listed, remark }) => ({
      name,
      listed,
      remark,
      ranks: listed ? ranksOf(cluster, order, name) : {},
    })),
  }
}

function ranksOf(cluster: ClusterConfig, order: readonly string[], server: string) {
  const ranks: Record<string, { rank: number; priority: PublishedPriority }> = {}
  for (const { name, reverseOrder } of cluster.instances) {
    const rank = rankOf(order, server, reverseOrder)
    if (rank === null) continue
    ranks[name] = { rank, priority: effectivePriority('healthy', rank, order.length) }
  }
  return ranks
}

/** Lines without a final newline. */
export function orderView(document: OrderDocument, style: Style, width: number): string {
  const columns: Column<OrderedServer>[] = [
    {
      title: 'SERVER',
      text: ({ name }) => (isSameServer(name, document.server) ? `${name} (here)` : name),
      paint: ({ listed }) => (listed ? style.strong : style.faint),
    },
    ...document.instances.map(
      ({ name, direction }): Column<OrderedServer> => ({
        title: direction === 'forward' ? name : `${name} (${direction})`,
        text: ({ listed, ranks }) => {
          const place = ranks[name]
          return place === undefined
            ? listed
              ? '-'
              : 'out'
            : `${place.rank} (${priorityText(place.priority)})`
        },
        paint: ({ ranks }) => (ranks[name]?.rank === 1 ? style.good : (text) => text),
      }),
    ),
    { title: 'COMMENT', text: ({ remark }) => remark },
  ]
  const { servers } = document
  const shown = servers.some(({ remark }) => remark !== '') ? columns : columns.slice(0, -1)
  const title = `server order of ${document.cluster} in ${document.file}: rank (priority while healthy)`
  return [title, ...table(shown, servers, style, width)].join('\n')
}
