// Releases of keepalived, as far as they differ in what they read.

export interface Release {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** What `keepalived --version` says: "Keepalived v2.2.7 (01/16,2022)". Null for anything else. */
export function parseRelease(text: string): Release | null {
  const match = /^Keepalived v(\d+)\.(\d+)\.(\d+)/m.exec(text)
  if (match === null) return null
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) }
}

export function isOlder(a: Release, b: Release): boolean {
  if (a.major !== b.major) return a.major < b.major
  if (a.minor !== b.minor) return a.minor < b.minor
  return a.patch < b.patch
}

/** The first to read a script's `interval` in parts of a second; before, `0.5` is an error and becomes 1. */
const READS_MILLISECONDS: Release = { major: 2, minor: 3, patch: 2 }

/** A script's interval in seconds: what this release reads, or for an unknown one (null) what each does. */
export function intervalFor(intervalMs: number, release: Release | null): number {
  const isExact = release !== null && !isOlder(release, READS_MILLISECONDS)
  return isExact ? intervalMs / 1000 : Math.ceil(intervalMs / 1000)
}
