// A short name for a configuration, so that two programs can tell whether they go by the same one.
import type { Config } from './config.ts'

/**
 * Sixteen hexadecimal digits that differ where configurations differ in effect: remarks, the order
 * of lines and how a default is written make no difference. It is no protection against anybody.
 */
export function fingerprint(config: Config): string {
  const { balancer, ...rest } = config
  // A server that balances nothing has the name that it had before there was such a thing.
  return textFingerprint(JSON.stringify(balancer === null ? rest : config))
}

/** Sixteen hexadecimal digits that differ where texts do, by all odds. */
export function textFingerprint(text: string): string {
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x9747b28c)}`
}

/** FNV-1a in 32 bits (draft-eastlake-fnv), over UTF-16 units, from a start of the caller's. */
function fnv1a(text: string, start: number): string {
  let hash = start
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
