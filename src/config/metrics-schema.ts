// The [metrics] table: where counts and status can be had by those who draw graphs and ring bells.
import * as v from 'valibot'
import type { ListenAddress, MetricsConfig } from './config.ts'
import { DEFAULTS } from './defaults.ts'
import type { Partly } from './partly.ts'
import { durationReader, type Reader, readPath, textAs } from './readers.ts'
import { leaf, table } from './schema-parts.ts'
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

const LISTEN_HINT = `write "127.0.0.1:9153" or "[::1]:9153", or "${OFF}"`

/** An address of the loopback interface and a port: "127.0.0.1:9153", "[::1]:9153". */
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
    return bad('E_LISTEN', `${port} is not a port`, 'write a port from 1 to 65535, such as 9153')
  if (ip.family === 4 ? ip.bytes[0] === 127 : address === '::1') return good({ address, port })
  const said = `${quoted(text)} can be reached from other hosts`
  const hint = `write "127.0.0.1:${port}"; node_exporter carries the textfile to other hosts`
  return bad('E_LISTEN', said, hint)
}

export const metricsTable = table({
  textfile: v.optional(leaf(readTextfile)),
  every: v.optional(leaf(durationReader({ least: '1s', most: '10m' })), DEFAULTS.metrics.every),
  listen: v.optional(leaf(readListen), DEFAULTS.metrics.listen),
})

export type MetricsTable = v.InferOutput<typeof metricsTable>

export function buildMetrics(metrics: MetricsTable, runDir: string): MetricsConfig {
  const { textfile = `${runDir}/${DEFAULTS.metrics.textfileName}`, every, listen } = metrics
  return { textfile, everyMs: every, listen }
}

/** keepalived watches the folder of the priorities, and the daemon removes what does not belong there. */
export function checkMetrics(
  metrics: Partly<MetricsTable> | undefined,
  runDir: string | undefined,
): PlacedComplaint[] {
  const { textfile } = metrics ?? {}
  if (typeof textfile !== 'string' || runDir === undefined) return []
  if (!textfile.startsWith(`${runDir}/priority/`)) return []
  const text = `${quoted(textfile)} is in the folder of the priorities`
  const hint = `write "${runDir}/${DEFAULTS.metrics.textfileName}", or remove the key`
  return [{ code: 'E_PATH', path: ['metrics', 'textfile'], text, hint }]
}
