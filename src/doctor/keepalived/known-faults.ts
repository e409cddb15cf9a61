// Faults of releases of keepalived that lie on the way that holdfast takes.
import { ok, skip, trouble } from '../check.ts'
import { installedConfFact } from '../facts/keepalived-conf.ts'
import { once } from './blame.ts'
import { isOlder, type Version, versionFact } from './program.ts'

/** The checker of track_file was rewritten in 2.2.8, and mended in 2.3.3. */
const CRASHES_FROM: Version = { major: 2, minor: 2, patch: 8 }
const MENDED_IN: Version = { major: 2, minor: 3, patch: 3 }

export const NO_KNOWN_FAULT = once({
  code: 'H227',
  category: 'keepalived',
  title: 'keepalived has no known fault in what it is told to do',
  severity: 'warn',
  about: [
    'From 2.2.8 to 2.3.2 keepalived crashes at a FILE_CHECK of a real server, by which a load balancer follows the weights that holdfast publishes. The keepalived of Debian 12 (2.2.7) and that of Debian 13 (2.3.3) do not.',
    'From 2.2.8 to 2.3.3 it loses some bytes at each reload while the folder of a track_file is missing, which H127 and H218 tell: nothing is to be done beside that.',
  ],
  async run(host) {
    const version = await versionFact(host)
    if (version === null) return skip('keepalived does not say which version it is')
    const text = `keepalived ${version.major}.${version.minor}.${version.patch}`
    if (isOlder(version, CRASHES_FROM) || !isOlder(version, MENDED_IN)) return ok(text)
    const installed = await installedConfFact(host)
    const files = installed.kind === 'installed' ? installed.conf.files : []
    const lines = files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          /^\s*FILE_CHECK\b/.test(line) ? [`${path}:${index + 1}: FILE_CHECK {`] : [],
        ),
    )
    if (lines.length === 0) return ok(`${text}, and no FILE_CHECK`)
    return trouble(
      'This keepalived crashes at a FILE_CHECK of a real server.',
      [text, ...lines.slice(0, 5)],
      ['apt-get update && apt-get install keepalived', 'Any release but 2.2.8 to 2.3.2 will do.'],
    )
  },
})
