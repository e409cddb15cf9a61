// The configurations whose rendered form is kept, and the rendering of one.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRenderable, type Renderable } from '../../src/config/parse.ts'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'
import { renderKeepalived } from '../../src/keepalived/configuration.ts'

export const GOLDEN = join(import.meta.dir, 'testdata')
export const GOLDEN_NAMES = readdirSync(GOLDEN)
  .filter((file) => file.endsWith('.toml'))
  .map((file) => file.replace(/\.toml$/, ''))

const SECRET = 'x8+sEcrT'

export function renderable(text: string, hostname = 'ns1'): Renderable {
  const parsed = parseRenderable(text, { file: 'holdfast.toml', hostname })
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics))
  return parsed.value
}

/** What a server gets for a configuration; the secret stands in for that of any secret file. */
export function render(text: string, hostname = 'ns1'): string {
  const { config, vrrp } = renderable(text, hostname)
  const secret = vrrp.authPassFile === null ? null : SECRET
  return renderKeepalived(vrrp, {
    server: config.server.name,
    ...config.paths,
    secret,
    release: null,
  })
}

export function goldenToml(name: string): string {
  return readFileSync(join(GOLDEN, `${name}.toml`), 'utf8')
}

/** The bodies of all blocks of a kind at the top of a file, by their names. */
export function blocksOf(conf: string, kind: string): ReadonlyMap<string, string> {
  const blocks = conf.matchAll(new RegExp(`^${kind} (\\S+) \\{\\n(.*?)^\\}`, 'gms'))
  return new Map([...blocks].map(([, name = '', body = '']) => [name, body]))
}
