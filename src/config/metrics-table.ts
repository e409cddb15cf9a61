// The [metrics] table: where counts and status can be had by those who draw graphs and ring bells.
import { type DeepPartial, key, type Output, optional, tuning } from './key.ts'
import { type Reader, readPath, textAs } from './readers.ts'
import { duration, leaf, table } from './schema-parts.ts'
import { bad, good, type PlacedComplaint, quoted, type Reading } from './text/complaint.ts'
import { formatIp, type Ip, parseIp } from './values/ip.ts'

const OFF = 'off'

/** node_exporter passes over every file whose name ends otherwise. */
const SUFFIX = '.prom'

const readTextfile: Reader<string | null> = textAs('a path', (text) => {
  if (text === OFF) return good(null)
  const path = readPath(text)
  if (!path.ok || text.endsWith(SUFFIX)) return path
  const hint = `write ${quoted(`${text}${SUFFIX}`)}: node_exporter reads no other files`
  return bad('E_PATH', `the name of ${quoted(text)} does not end with "${SUFFIX}"`, hint)
})

const LISTEN_HINT = `write "127.0.0.1:10853" or "[::1]:10853", or "${OFF}"`

/** An address of the loopback interface and a port: "127.0.0.1:10853", "[::1]:10853". */
const readListen: Reader<ListenAddress | null> = textAs('an address and a port', (text) => {
  if (text === OFF) return good(null)
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const ip = parts === null ? null : parseIp(parts[1] ?? parts[2] ?? '')
  if (parts === null || ip === null || (ip.family === 6) !== (parts[1] !== undefined))
    return bad('E_LISTEN', `${quoted(text)} is not an address and a port`, LISTEN_HINT)
  return listenAt(text, ip, Number(parts[3]))
})

/** Whoever may ask learns what this server is about to do, so nobody else's host may. */
function listenAt(text: string, ip: Ip, port: number): Reading<ListenAddress> {
  const address = formatIp(ip)
  if (port < 1 || port > 65_535)
    return bad('E_LISTEN', `${port} is not a port`, 'write a port from 1 to 65535, such as 10853')
  if (ip.family === 4 ? ip.bytes[0] === 127 : address === '::1') return good({ address, port })
  const said = `${quoted(text)} can be reached from other hosts`
  const hint = `write "127.0.0.1:${port}"; node_exporter carries the textfile to other hosts`
  return bad('E_LISTEN', said, hint)
}

/** Beside the status, where it costs no disk; a link brings it into node_exporter's folder. */
const TEXTFILE_NAME = 'holdfast.prom'

export const metricsTable = table({
  textfile: optional(
    leaf(readTextfile),
    'The file for node_exporter\'s textfile collector, whose name must end with `.prom`; `"off"` for none.',
    `\`${TEXTFILE_NAME}\` in \`run_dir\``,
  ),
  // As often as most are scraped.
  interval: tuning(
    key(duration('1s', '10m'), '15s', 'How often it is written, from 1 s to 10 min.'),
  ),
  // A socket that nobody asked for is one more thing to defend.
  listen: key(
    leaf(readListen),
    'off',
    'Where `/metrics`, `/status.json` and the page are served: an address of the loopback interface and a port, such as `"127.0.0.1:10853"` or `"[::1]:10853"`.',
  ),
})

export type MetricsTable = Output<typeof metricsTable>

/** Where what has been counted can be had. */
export interface MetricsConfig extends Omit<MetricsTable, 'textfile'> {
  /** Written for node_exporter to read, or null for none. */
  readonly textfile: string | null
}

/** On the loopback interface. */
export interface ListenAddress {
  readonly address: string
  readonly port: number
}

export function buildMetrics(metrics: MetricsTable, runDir: string): MetricsConfig {
  const { textfile = `${runDir}/${TEXTFILE_NAME}`, ...others } = metrics
  return { textfile, ...others }
}

/** keepalived watches the folder of the priorities, and the daemon removes what does not belong there. */
export function checkMetrics(
  metrics: DeepPartial<MetricsTable> | undefined,
  runDir: string | undefined,
): PlacedComplaint[] {
  const { textfile } = metrics ?? {}
  if (typeof textfile !== 'string' || runDir === undefined) return []
  if (!textfile.startsWith(`${runDir}/priority/`)) return []
  const text = `${quoted(textfile)} is in the folder of the priorities`
  const hint = `write "${runDir}/${TEXTFILE_NAME}", or remove the key`
  return [{ code: 'E_PATH', path: ['metrics', 'textfile'], text, hint }]
}
