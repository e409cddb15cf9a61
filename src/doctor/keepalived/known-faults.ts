// Faults of releases of keepalived that lie on the way that holdfast uses.
import { dirname } from 'node:path'
import type { Statement } from '../../config/keepalived/reader.ts'
import { isOlder, type Release } from '../../keepalived/release.ts'
import { keepalivedCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { installedReadingFact } from '../facts/keepalived-conf.ts'
import { releaseFact } from '../facts/keepalived-program.ts'
import type { Host } from '../host.ts'
import { makeFolders } from './published.ts'

interface KnownFault {
  /** The first release that has it. */
  readonly since: Release
  /** The first that has it no longer. */
  readonly until: Release
  readonly what: string
  /** The lines of the installed file that lead to it. */
  linesIn(statements: readonly Statement[], host: Host): readonly Statement[]
  /** What to type against it, where these are the lines. */
  remedy(lines: readonly Statement[], host: Host): Promise<readonly string[]>
}

const release = (major: number, minor: number, patch: number): Release => ({ major, minor, patch })

/** Both by keepalived's own commits, "ipvs: Fix segfault when using track_file checker" and "track_file: fix memory leak". */
const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    since: release(2, 3, 0),
    until: release(2, 3, 3),
    what: 'crashes when it reads a FILE_CHECK of a real server, and removes all virtual servers',
    linesIn: (statements) => within(statements, 'FILE_CHECK'),
    remedy: async () => ['apt-get update && apt-get install keepalived'],
  },
  {
    since: release(2, 2, 8),
    until: release(2, 3, 4),
    what: 'leaks memory each time it reads a track_file in a missing directory',
    linesIn: (statements, host) =>
      within(statements, 'track_file').filter((statement) => {
        const folder = folderOf(statement)
        return folder !== null && !host.inspect.real(folder).ok
      }),
    remedy: (lines, host) =>
      makeFolders(host, [...new Set(lines.flatMap((line) => folderOf(line) ?? []))]),
  },
]

export const KNOWN = keepalivedCheck({
  code: 'H230',
  title: 'keepalived release has no known bug that affects holdfast',
  severity: 'warn',
  needs: { installed: installedReadingFact, version: releaseFact },
  async judge({ installed, version }, host) {
    if (version === null) return skip('keepalived --version prints no release')
    if (!installed.ok) return skip(installed.error)
    const found = KNOWN_FAULTS.flatMap((fault) => {
      if (isOlder(version, fault.since) || !isOlder(version, fault.until)) return []
      const lines = fault.linesIn(installed.value.conf.statements, host)
      return lines.length === 0 ? [] : [{ ...fault, lines }]
    })
    const [first] = found
    if (first === undefined) return ok(textOf(version))
    const remedies = await Promise.all(found.map(({ remedy, lines }) => remedy(lines, host)))
    return trouble(
      `keepalived ${textOf(version)} ${first.what}`,
      found.flatMap(({ what, until, lines }) => [
        `${what}: fixed in ${textOf(until)}`,
        ...lines.map(({ file, line, words }) => `${file}:${line}: ${words.join(' ')}`),
      ]),
      [...new Set(remedies.flat())],
    )
  },
})

function folderOf({ body }: Statement): string | null {
  const path = body?.find(({ words }) => words[0] === 'file')?.words[1]
  return path === undefined ? null : dirname(path)
}

function within(statements: readonly Statement[], keyword: string): readonly Statement[] {
  return statements.flatMap((statement) => [
    ...(statement.words[0] === keyword && statement.body !== null ? [statement] : []),
    ...within(statement.body ?? [], keyword),
  ])
}

function textOf({ major, minor, patch }: Release): string {
  return `${major}.${minor}.${patch}`
}
