// Faults as a scenario's text has them, the keys of scenario files in one line: "crash s1 for 20s".
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'
import { formatDuration } from '../../src/config/values/duration.ts'
import {
  drawFaults,
  type Fault,
  type FaultKey,
  FIELDS,
  keysOf,
  type TimedFault,
} from '../../src/simulate/fault.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { parseScenario } from '../../src/simulate/scenario-file.ts'

/** A duration to the millisecond. */
export function durationWord(ms: number): string {
  return formatDuration(Math.round(ms))
}

/** One fault; read again by `parseFault` it is the same to the millisecond. */
export function faultText(fault: Fault): string {
  if (fault.kind === 'errors') {
    const bursts = fault.burstMs === null ? [] : ['bursts', durationWord(fault.burstMs)]
    const rate = Number((fault.rate * 100).toFixed(2))
    return ['errors', server(fault.server), 'rate', rate, ...bursts].join(' ')
  }
  const fields: { readonly [field: string]: unknown } = { ...fault }
  const keys = keysOf(fault.kind)
  return [fault.kind, ...keys.flatMap((key) => words(key, fields[FIELDS[key]]))].join(' ')
}

function words(key: FaultKey, value: unknown): string[] {
  if (value === undefined) return []
  if (key === 'server') return [server(value as number)]
  if (key === 'order') return (value as readonly number[]).map(server)
  if (typeof value === 'string') return [key, value]
  const number = value as number
  return [key, FIELDS[key].endsWith('Ms') ? durationWord(number) : String(Math.round(number))]
}

function server(index: number): string {
  return `s${index + 1}`
}

/**
 * Reads a fault as the scenario file would be read that says the same.
 *
 * @throws with what is wrong with that file
 */
export function parseFault(at: string, line: readonly string[]): TimedFault[] {
  const [kind, ...rest] = line
  const servers = rest.filter((word) => /^s\d+$/.test(word)).map((word) => word.slice(1))
  const pairs = rest.filter((word) => !/^s\d+$/.test(word))
  const toml = [
    ...(kind === 'errors'
      ? ['[[errors]]', `from = "${at}"`, `servers = [${servers}]`]
      : ['[[fault]]', `at = "${at}"`, `kind = "${kind}"`]),
    ...(kind === 'order' ? [`order = [${servers}]`] : []),
    ...(kind !== 'errors' && kind !== 'order' && servers.length > 0 ? [`server = ${servers}`] : []),
    ...pairs.flatMap((key, at) => (at % 2 === 0 ? [`${key} = ${literal(pairs[at + 1])}`] : [])),
  ].join('\n')
  const parsed = parseScenario(toml, 'line', 'line')
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics))
  return parsed.value.points.flatMap(({ scenario }) =>
    drawFaults(scenario, servers.length, 0, createRandom('')),
  )
}

/** A number, or a word in quotation marks. */
function literal(word: string | undefined): string {
  return word !== undefined && /^[\d.]+$/.test(word) ? word : `"${word ?? ''}"`
}
