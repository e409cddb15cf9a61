// Whether the server's cache would hide that nothing upstream can be reached.
import type { UpstreamGroupConfig } from '../../config/config.ts'
import { isRandom, questionText } from '../../dns/probe.ts'
import { bindCheck } from '../categories.ts'
import { ok, trouble } from '../doctor-check.ts'
import { shell } from '../shell.ts'
import { type Asked, upstreamGroupsFact } from './asking.ts'

export const CACHE = bindCheck({
  code: 'H420',
  title: 'The cache does not hide an outage upstream',
  severity: 'warn',
  takesSeconds: true,
  needs: { upstream: upstreamGroupsFact },
  judge({ upstream }, host) {
    const hidden = [...Map.groupBy(upstream, (asked) => asked.group)].flatMap(([group, asked]) =>
      group.kind === 'upstream' ? hiddenIn(group, asked) : [],
    )
    const [first] = hidden
    if (first === undefined) return ok('every group would notice')
    const { group, ttlS } = first
    const table = `[checks.${group.name}]`
    return trouble(
      `The names in ${table} are answered from the cache for up to ${ttlS} s, outage or not`,
      hidden.map(
        (entry) => `${questionText(entry.asked.probe.question)}: ${entry.ttlS} s in the cache`,
      ),
      [
        shell`$EDITOR ${host.paths.configFile}`,
        `in ${table}: probes = [{ question = "holdfast-{random}.com A", rcode = "NXDOMAIN" }, …]`,
        'systemctl reload holdfast',
      ],
    )
  },
})

interface Hidden {
  readonly group: UpstreamGroupConfig
  readonly asked: Asked
  readonly ttlS: number
}

/** Answers that outlive the time in which the group should have noticed, the longest first. */
function hiddenIn(group: UpstreamGroupConfig, asked: readonly Asked[]): Hidden[] {
  if (group.probes.some(({ question }) => isRandom(question))) return []
  const kept = asked.map((query) => ({ group, asked: query, ttlS: query.answer.ttlS ?? 0 }))
  return kept
    .filter(({ ttlS }) => ttlS * 1000 > group.fall * group.periodMs)
    .toSorted((one, other) => other.ttlS - one.ttlS)
}
