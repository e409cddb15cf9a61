// keepalived.conf three times: as it is installed, as holdfast renders it, and as keepalived runs it.
import { basename, dirname, join } from 'node:path'
import { type Conf, type ConfText, readConf } from '../../config/keepalived/reader.ts'
import { parseRenderable } from '../../config/parse.ts'
import { matchesGlob } from '../../config/values/glob.ts'
import type { VrrpConfig } from '../../config/vrrp/vrrp-config.ts'
import { parseSecret } from '../../config/vrrp/vrrp-secret.ts'
import { renderKeepalived } from '../../keepalived/configuration.ts'
import { MASK } from '../../keepalived/without-secrets.ts'
import type { Read } from '../../ports.ts'
import { fact, type Host } from '../host.ts'
import { configFact, kernelHostname, withoutConfig } from './config.ts'
import { type Model, modelOf } from './keepalived-model.ts'
import { keepalivedFact } from './keepalived-process.ts'
import { releaseFact } from './keepalived-release.ts'

/** Secrets are in none of it. */
export type InstalledReading =
  | {
      readonly kind: 'installed'
      readonly text: string
      readonly conf: Conf
      readonly model: Model
    }
  | { readonly kind: 'none'; readonly why: 'missing' | 'denied' | 'other'; readonly error: string }

export const installedConfFact = fact(async (host): Promise<InstalledReading> => {
  const path = host.paths.keepalivedConf
  const read = readText(host, path)
  if (!read.ok) return { kind: 'none', why: read.why, error: read.error }
  const conf = await parse(host, { path, text: read.value })
  return { kind: 'installed', text: read.value, conf, model: modelOf(conf) }
})

export type RenderedReading =
  /** Compared with an installed text without secrets; `program` and others are in `vrrp`. */
  | {
      readonly kind: 'rendered'
      readonly text: string
      readonly vrrp: VrrpConfig
      readonly conf: Conf
    }
  /** Why nothing can be rendered; `unwanted` when the configuration leaves keepalived to others. */
  | { readonly kind: 'none'; readonly isWanted: boolean; readonly why: string }

/**
 * What `render-config` would make. Where the configuration says nothing about keepalived and has no
 * router ids, the operator writes keepalived.conf by hand, and nothing is expected of it.
 */
export const renderedConfFact = fact(async (host): Promise<RenderedReading> => {
  const reading = await configFact(host)
  if (reading.kind !== 'config')
    return { kind: 'none', isWanted: true, why: withoutConfig(reading) }
  const context = { file: host.paths.configFile, hostname: kernelHostname(host) }
  const parsed = parseRenderable(reading.text, context)
  if (!parsed.ok) {
    const isWanted = /^[^\S\n]*\[\s*keepalived\b/m.test(reading.text)
    const [first] = parsed.diagnostics
    const why = isWanted
      ? `nothing can be rendered: ${first?.text ?? 'see holdfast render-config'}`
      : 'the configuration leaves keepalived.conf to others: it has no [keepalived]'
    return { kind: 'none', isWanted, why }
  }
  const { config, vrrp } = parsed.value
  const secret = secretOf(host, vrrp)
  if (typeof secret === 'object' && secret !== null)
    return { kind: 'none', isWanted: true, why: secret.why }
  const release = await releaseFact(host)
  const site = { server: config.server.name, ...config.paths, secret, release }
  const text = renderKeepalived(vrrp, site)
  const conf = await parse(host, { path: 'rendered', text })
  return { kind: 'rendered', text, vrrp, conf }
})

/** The mask for a secret that this user may not read: then it is not compared. */
function secretOf(host: Host, { secretFile }: VrrpConfig): string | null | { why: string } {
  if (secretFile === null) return null
  const read = host.inspect.text(secretFile)
  if (!read.ok) return read.why === 'denied' ? MASK : { why: read.error }
  const secret = parseSecret(read.value)
  return secret.ok ? secret.value : { why: `${secretFile}: ${secret.complaint.text}` }
}

export type RunningConfReading =
  /** `path` is the file that keepalived read it from. */
  | { readonly kind: 'running'; readonly path: string; readonly conf: Conf }
  /** `denied` needs root; `other` this keepalived keeps no copy. */
  | { readonly kind: 'none'; readonly why: 'missing' | 'denied' | 'other'; readonly error: string }

const COPY = '/memfd:/keepalived/consolidated_configuration'

/**
 * keepalived puts what it has read, includes and all, into a nameless file for its children, and
 * keeps it open. Each reload makes a new one.
 */
export const runningConfFact = fact(async (host): Promise<RunningConfReading> => {
  const running = await keepalivedFact(host)
  if (running.kind === 'absent')
    return { kind: 'none', why: 'missing', error: 'keepalived does not run' }
  const folder = `/proc/${running.parent.pid}/fd`
  const names = host.inspect.list(folder)
  if (!names.ok) return { kind: 'none', why: names.why, error: names.error }
  const name = names.value.find((it) => {
    const link = host.inspect.link(`${folder}/${it}`)
    return link.ok && link.value.startsWith(COPY)
  })
  if (name === undefined)
    return {
      kind: 'none',
      why: 'other',
      error: 'this keepalived keeps no copy of what it has read',
    }
  const read = readText(host, `${folder}/${name}`)
  if (!read.ok) return { kind: 'none', why: read.why, error: read.error }
  const path = /^# (\/.*)$/m.exec(read.value)?.[1] ?? host.paths.keepalivedConf
  return { kind: 'running', path, conf: await parse(host, { path, text: read.value }) }
})

const LIMIT_BYTES = 4 * 1024 * 1024

function readText(host: Host, path: string): Read<string> {
  return host.inspect.text(path, LIMIT_BYTES)
}

async function parse(host: Host, first: ConfText): Promise<Conf> {
  const running = await keepalivedFact(host)
  const configId =
    (running.kind === 'running' ? running.configId : null) ??
    kernelHostname(host).split('.', 1)[0] ??
    ''
  return readConf(first, { configId, open: (pattern, from) => included(host, pattern, from) })
}

/** Names may have wildcards in their last part, and are relative to the file that includes them. */
function included(host: Host, pattern: string, from: string): readonly ConfText[] {
  const path = pattern.startsWith('/') ? pattern : join(dirname(from), pattern)
  const folder = dirname(path)
  const names = path.includes('*') ? host.inspect.list(folder) : null
  const paths =
    names === null
      ? [path]
      : names.ok
        ? names.value.filter((it) => matchesGlob(basename(path), it)).map((it) => join(folder, it))
        : []
  return paths.flatMap((it) => {
    const read = readText(host, it)
    return read.ok ? [{ path: it, text: read.value }] : []
  })
}

/** All words in their order, a line for each statement: for a comparison that passes over remarks. */
export function linesOf(conf: Conf): string {
  const lines: string[] = []
  const write = (statements: Conf['statements'], depth: number) => {
    for (const { words, body } of statements) {
      lines.push(`${'  '.repeat(depth)}${words.join(' ')}${body === null ? '' : ' {'}`)
      if (body === null) continue
      write(body, depth + 1)
      lines.push(`${'  '.repeat(depth)}}`)
    }
  }
  write(conf.statements, 0)
  return `${lines.join('\n')}\n`
}
