// keepalived's configuration in the lab, as render-config makes it, and the service that runs it.

import { parseRenderable } from '../../src/config/parse.ts'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'
import { renderKeepalived } from '../../src/keepalived/configuration.ts'
import type { Release } from '../../src/keepalived/release.ts'

export const KEEPALIVED_COMMAND = ['keepalived', '--dont-fork', '--log-console', '--log-detail']
export const KEEPALIVED_READY = /Entering BACKUP STATE/
export const KEEPALIVED_CONF = '/etc/keepalived/keepalived.conf'

/** What `holdfast render-config` makes of a server's holdfast.toml beside such a keepalived. */
export function keepalivedConf(
  server: string,
  toml: string,
  release: Release | null = null,
): string {
  const parsed = parseRenderable(toml, { file: 'holdfast.toml', hostname: server })
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics))
  const { config, vrrp } = parsed.value
  const secret = vrrp.authPassFile === null ? null : 'x8+sEcrT'
  return renderKeepalived(vrrp, { server, ...config.paths, secret, release })
}
