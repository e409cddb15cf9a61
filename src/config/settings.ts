// Settings from a command line put into a config: "flap.backoff_hold=10s".
import { parse, stringify } from 'smol-toml'
import { isTable } from './readers.ts'
import { bad, good, quoted, type Reading } from './text/complaint.ts'

export interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
}

/** Reads `KEY=VALUE,KEY=VALUE`. A value is TOML, or a text where it is none, so that `10s` needs no quotes. */
export function parseSettings(text: string): Reading<readonly Setting[]> {
  const settings: Setting[] = []
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    const key = part.slice(0, Math.max(0, equals)).trim()
    if (!/^[\w-]+(\.[\w-]+)+$/.test(key) || key.includes('__proto__'))
      return bad(
        'E_UNKNOWN_KEY',
        `${quoted(part)} is no setting`,
        'write it as flap.backoff_hold=10s',
      )
    settings.push({ path: key.split('.'), value: readValue(part.slice(equals + 1).trim()) })
  }
  return good(settings)
}

/**
 * The text of a config with other settings. What stood beside them, remarks for one, is lost: the
 * result is for the parser alone.
 *
 * @param text a config without errors
 */
export function withSettings(text: string, settings: readonly Setting[]): Reading<string> {
  const document = parse(text)
  for (const { path, value } of settings) {
    let table: Record<string, unknown> = document
    for (const key of path.slice(0, -1)) {
      const next = Object.hasOwn(table, key) ? table[key] : {}
      if (!isTable(next))
        return bad('E_UNKNOWN_KEY', `there is no key ${path.join('.')}`, 'name a key of a table')
      table[key] = next
      table = next
    }
    table[path.at(-1) ?? ''] = value
  }
  return good(stringify(document))
}

function readValue(text: string): unknown {
  try {
    return parse(`value = ${text}`).value
  } catch {
    return text
  }
}
