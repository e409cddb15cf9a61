// `holdfast doctor --bundle FILE`: a tar with everything that a colleague needs, without secrets.

import { hostname } from 'node:os'
import { isatty } from 'node:tty'
import { gzipSync } from 'node:zlib'
import { createNewFile, type NewFile } from '../../adapters/new-file.ts'
import type { Io } from '../../cli/command.ts'
import { DOCTOR_EXIT, EXIT } from '../../cli/exit-code.ts'
import { createProgress } from '../../cli/progress.ts'
import { outBytes } from '../../cli/standard-io.ts'
import { collect } from '../../doctor/bundle/collect.ts'
import type { Redact } from '../../doctor/bundle/redact.ts'
import { tarOf } from '../../doctor/bundle/tar.ts'
import type { DoctorCheck } from '../../doctor/doctor-check.ts'
import type { Host } from '../../doctor/host.ts'
import type { Examination } from '../../doctor/results.ts'
import { PLAIN } from '../../view/style.ts'
import { createTeller, documentOf, examineHost, verboseEnd } from './doctor-report.ts'

const STANDARD_ERROR = 2
const TO_STANDARD_OUTPUT = '-'
const REPORT_OPTIONS = { style: PLAIN, columns: 100 } as const

/**
 * Runs the checks, gathers, and writes.
 *
 * @param path of a file that is not there yet, or "-"
 * @returns the exit code
 */
export async function writeBundle(
  checks: readonly DoctorCheck[],
  host: Host,
  path: string,
  io: Io,
): Promise<number> {
  const target = path === TO_STANDARD_OUTPUT ? STANDARD_OUTPUT : createNewFile(path)
  if (!target.ok) return failed(target.error, io)
  let bytes: Uint8Array
  try {
    bytes = await bundleBytes(checks, host, /\.t?gz$/.test(path), io)
  } catch (error) {
    target.value.abandon()
    throw error
  }
  const written = target.value.write(bytes)
  if (!written.ok) return failed(written.error, io)
  if (path !== TO_STANDARD_OUTPUT)
    io.err(
      `holdfast doctor: wrote ${path} (${Math.ceil(bytes.length / 1024)} KiB, readable by you alone); review it before you share it`,
    )
  return EXIT.ok
}

const STANDARD_OUTPUT: { readonly ok: true; readonly value: NewFile } = {
  ok: true,
  value: {
    abandon() {},
    write(bytes) {
      const error = outBytes(bytes)
      return error === null
        ? { ok: true, value: undefined }
        : { ok: false, error: `cannot write to standard output: ${error}` }
    },
  },
}

async function bundleBytes(
  checks: readonly DoctorCheck[],
  host: Host,
  compress: boolean,
  io: Io,
): Promise<Uint8Array> {
  const { clock } = host.inspect
  const many = checks.length === 1 ? '1 check' : `${checks.length} checks`
  io.err(`holdfast doctor: running ${many}`)
  const examination = await examineHost(checks, host)
  io.err('holdfast doctor: collecting data for the bundle')
  const progress = createProgress('collecting', {
    isTerminal: isatty(STANDARD_ERROR),
    nowMs: () => clock.nowMs(),
  })
  const report = {
    document: async (redact: Redact) => documentOf(host, withoutSecrets(examination, redact)),
    view: (redact: Redact) => viewOf(checks, withoutSecrets(examination, redact)),
  }
  const files = await collect(host, report, progress.at)
  progress.end()
  const folder = `holdfast-doctor-${hostname().replace(/[^\w.-]/g, '_')}`
  const tar = tarOf(folder, files, clock.wallMs())
  return compress ? gzipSync(tar) : tar
}

/** Before the words are wrapped, or quoted: a secret broken in two would not be found. */
function withoutSecrets(examination: Examination, redact: Redact): Examination {
  return JSON.parse(JSON.stringify(examination), (_, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
}

function viewOf(checks: readonly DoctorCheck[], examination: Examination): string {
  const parts: string[] = []
  examination.results.forEach(createTeller(checks, REPORT_OPTIONS, (text) => parts.push(text)))
  return [...parts, verboseEnd(examination, REPORT_OPTIONS), ''].join('\n')
}

function failed(error: string, io: Io): number {
  io.err(`holdfast doctor: ${error}`)
  return DOCTOR_EXIT.unknown
}
