// Order files: read whole, and the last good order kept while a newer file is refused.
import type { ClusterConfig, Config } from '../config/config.ts'
import { parseOrder } from '../config/order-file.ts'
import type { Diagnostic } from '../config/text/diagnostic.ts'
import { serverNames } from '../config/values/name.ts'
import { diagnosticLine } from '../documents/text.ts'
import type { Dispatch, Log, TextFiles } from '../ports.ts'

export interface OrderFiles {
  /** Reads every cluster's order again and reports those that changed, servers called as the config does. */
  refresh(config: Config): void
  /** One sentence for each cluster whose file is refused. */
  complaints(): readonly string[]
}

export function createOrders(
  files: TextFiles,
  nowMs: () => number,
  dispatch: Dispatch,
  log: Log,
): OrderFiles {
  const known = new Map<string, string>()
  const refused = new Map<string, string>()

  function refuse(cluster: string, why: string): void {
    const fallback = known.has(cluster)
      ? 'the last good order stays active'
      : 'this server counts as drained there'
    const text = `order of ${cluster}: ${why}; ${fallback}`
    if (refused.get(cluster) !== text) log.line('error', text)
    refused.set(cluster, text)
  }

  function refreshCluster(
    { name: cluster, orderFile }: ClusterConfig,
    names: readonly string[],
  ): void {
    const text = files.read(orderFile)
    if (!text.ok) {
      refuse(cluster, text.error)
      return
    }
    const order = parseOrder(text.value, orderFile, names)
    if (!order.ok) {
      refuse(cluster, problemsText(order.diagnostics))
      return
    }
    if (refused.delete(cluster)) log.line('info', `order of ${cluster}: ${orderFile} is good again`)
    const servers = order.value
    const key = servers.join('\n')
    if (known.get(cluster) === key) return
    known.set(cluster, key)
    dispatch({ kind: 'order', nowMs: nowMs(), cluster, servers })
  }

  return {
    refresh(config) {
      const { clusters } = config
      for (const cluster of clusters) refreshCluster(cluster, serverNames(config))
      const names = new Set(clusters.map((cluster) => cluster.name))
      for (const name of known.keys()) if (!names.has(name)) known.delete(name)
      for (const name of refused.keys()) if (!names.has(name)) refused.delete(name)
    },
    complaints: () => [...refused.values()],
  }
}

/** The first problem whole, and how many there are besides. */
function problemsText(diagnostics: readonly Diagnostic[]): string {
  const [first, ...others] = diagnostics
  if (first === undefined) return 'unreadable'
  return `${diagnosticLine(first)}${others.length === 0 ? '' : ` (and ${others.length} more)`}`
}
