// keepalived.conf three times: as it is installed, as holdfast renders it, and as keepalived runs it.
import { basename, dirname, join } from 'node:path'
import { type Conf, type ConfText, readConf } from '../../config/keepalived/reader.ts'
import { matchesGlob } from '../../config/values/name.ts'
import { parseSecret, type VrrpConfig } from '../../config/vrrp-config.ts'
import { MASK, renderKeepalived } from '../../keepalived/configuration.ts'
import type { Read } from '../../ports.ts'
import { factOf, isSkip, type Need, notRead, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'
import { type Model, modelOf } from './keepalived-model.ts'
import { keepalivedFact, releaseFact } from './keepalived-program.ts'
import { configFact, configReadingFact, kernelHostname, renderableFact } from './loaded-config.ts'

/** Secrets are in none of it. */
export interface Installed {
  readonly text: string
  readonly conf: Conf
  readonly model: Model
}

export const installedReadingFact = fact(async (host): Promise<Read<Installed>> => {
  const path = host.paths.keepalivedConf
  const read = readText(host, path)
  if (!read.ok) return read
  const conf = await parse(host, { path, text: read.value })
  return { ok: true, value: { text: read.value, conf, model: modelOf(conf) } }
})

/** The installed file that checks look into; `missing` is told where there is none. */
export function installedOr(missing: string): Need<Installed> {
  return async (host) => {
    const installed = await installedReadingFact(host)
    if (installed.ok) return installed.value
    return installed.why === 'missing' ? skip(missing) : notRead(installed)
  }
}

export const installedFact = installedOr('because of H204: keepalived.conf does not exist')

/** What the blocks of the installed file mean. */
export const modelFact = factOf({ installed: installedFact }, ({ installed }) => installed.model)

/** Compared with an installed text without secrets; `program` and others are in `vrrp`. */
interface Rendered {
  readonly text: string
  readonly vrrp: VrrpConfig
  readonly conf: Conf
}

/** Why nothing can be rendered; not wanted when the configuration leaves keepalived to others. */
interface Unrendered extends Skip {
  readonly isWanted: boolean
}

/**
 * What `render-config` would make. Where the configuration says nothing about keepalived and has no
 * router ids, the operator writes keepalived.conf by hand, and nothing is expected of it.
 */
export const renderedFact = fact(async (host): Promise<Rendered | Unrendered> => {
  const [usable, parsed] = await Promise.all([configFact(host), renderableFact(host)])
  if (isSkip(usable)) return { ...usable, isWanted: true }
  if (parsed?.ok !== true) {
    const reading = await configReadingFact(host)
    const isWanted = 'text' in reading && /^[^\S\n]*\[\s*keepalived\b/m.test(reading.text)
    const why = isWanted
      ? `nothing can be rendered: ${parsed?.diagnostics[0]?.text ?? 'see holdfast render-config'}`
      : 'the configuration leaves keepalived.conf to others: it has no [keepalived]'
    return { ...skip(why), isWanted }
  }
  const { config, vrrp } = parsed.value
  const secret = secretOf(host, vrrp)
  if (isSkip(secret)) return { ...secret, isWanted: true }
  const release = await releaseFact(host)
  const site = { server: config.server.name, ...config.paths, secret, release }
  const text = renderKeepalived(vrrp, site)
  const conf = await parse(host, { path: 'rendered', text })
  return { text, vrrp, conf }
})

/** The mask for a secret that this user may not read: then it is not compared. */
function secretOf(host: Host, { authPassFile }: VrrpConfig): string | null | Skip {
  if (authPassFile === null) return null
  const read = host.inspect.text(authPassFile)
  if (!read.ok) return read.why === 'denied' ? MASK : skip(read.error)
  const secret = parseSecret(read.value)
  return secret.ok ? secret.value : skip(`${authPassFile}: ${secret.complaint.text}`)
}

interface RunningConf {
  /** The file that keepalived read it from. */
  readonly path: string
  readonly conf: Conf
}

const COPY = '/memfd:/keepalived/consolidated_configuration'

/**
 * keepalived puts what it has read, includes and all, into a nameless file for its children, and
 * keeps it open. Each reload makes a new one. Null where there is none, as with an old keepalived.
 */
export const runningConfFact = fact(async (host): Promise<RunningConf | Skip | null> => {
  const running = await keepalivedFact(host)
  if (running.kind === 'absent') return null
  const folder = `/proc/${running.parent.pid}/fd`
  const names = host.inspect.list(folder)
  const name = (names.ok ? names.value : []).find((candidate) => {
    const link = host.inspect.link(`${folder}/${candidate}`)
    return link.ok && link.value.startsWith(COPY)
  })
  const read = name === undefined ? null : readText(host, `${folder}/${name}`)
  const failed = [names, read].find((result) => result?.ok === false)
  if (failed?.ok === false) return failed.why === 'denied' ? notRead(failed) : null
  if (read?.ok !== true) return null
  const path = /^# (\/.*)$/m.exec(read.value)?.[1] ?? host.paths.keepalivedConf
  return { path, conf: await parse(host, { path, text: read.value }) }
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
        ? names.value
            .filter((name) => matchesGlob(basename(path), name))
            .map((name) => join(folder, name))
        : []
  return paths.flatMap((text) => {
    const read = readText(host, text)
    return read.ok ? [{ path: text, text: read.value }] : []
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
