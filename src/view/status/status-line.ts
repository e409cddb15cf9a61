// A status as one line, for those who watch it in a pipe.
import { isPass } from '../../core/outcome.ts'
import type { StatusDocument } from '../../documents/status-document.ts'
import { reasonsOf, stateOf } from '../../documents/status-summary.ts'
import { drainText } from '../../documents/text.ts'
import { words } from './status-canvas.ts'

/** Nothing in it runs with the time: it is another one when something has changed. */
export function statusLine(document: StatusDocument, stale: string | null): string {
  const { server, instances, endpoints, override } = document
  if (stale !== null) return `${words(server)}  STALE: the daemon has ended or hangs`
  const reasons = reasonsOf(document)
  const drain = override === null ? [] : [`${words(override.mode)} ${drainText(override)}`]
  const why = [...drain, ...reasons.map(words)].join('; ')
  const held = instances.filter(({ holding }) => holding).map(({ name }) => words(name))
  const passed = endpoints.filter(({ outcome }) => outcome !== null && isPass(outcome)).length
  return [
    `${words(server)}  ${stateOf(document).toUpperCase()}${why === '' ? '' : `: ${why}`}`,
    `holds ${held.join(', ') || 'no address'}`,
    `checks: ${passed}/${endpoints.length} ok`,
  ].join('  ')
}
