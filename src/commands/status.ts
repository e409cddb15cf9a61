// `holdfast status`: what the daemon last said, for people, for programs, and for those who watch.
import type { StatusDocument } from '../render/status-document.ts'
import { statusView } from '../render/status-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../render/style.ts'
import type { Arguments, Io } from './command.ts'
import type { STATUS } from './definitions.ts'
import { EXIT } from './exit-code.ts'
import { readStatusFile, type StatusFileReading } from './status-file.ts'

const WATCH_EVERY_MS = 1000
const CLEAR_SCREEN = '\u001b[H\u001b[2J'

/** Shows the status once, or every second until interrupted. */
export async function run(args: Arguments<typeof STATUS>, io: Io): Promise<number> {
  const { flags } = args
  if (!flags.watch) return show(flags['run-dir'], flags.json, io, '')
  const clear = process.stdout.isTTY === true && !flags.json ? CLEAR_SCREEN : ''
  return await new Promise<number>((resolve) => {
    let code = show(flags['run-dir'], flags.json, io, clear)
    const timer = setInterval(() => {
      code = show(flags['run-dir'], flags.json, io, clear)
    }, WATCH_EVERY_MS)
    const end = () => {
      clearInterval(timer)
      resolve(code)
    }
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
}

function show(runDir: string, json: boolean, io: Io, clear: string): number {
  const reading = readStatusFile(runDir)
  if (reading.kind === 'missing' || reading.kind === 'unreadable') {
    io.err(`${clear}holdfast status: ${reading.why}; is the daemon running?`)
    return EXIT.failed
  }
  const text = json ? JSON.stringify(jsonDocument(reading)) : viewOf(reading.document, reading)
  if (text === null) {
    io.err(
      `${clear}holdfast status: ${runDir}/status.json is damaged; the daemon writes it anew every few seconds`,
    )
    return EXIT.failed
  }
  io.out(`${clear}${text}`)
  return reading.kind === 'fresh' ? EXIT.ok : EXIT.failed
}

type Readable = Extract<StatusFileReading, { document: StatusDocument }>

function jsonDocument(reading: Readable): object {
  return { fresh: reading.kind === 'fresh', ...reading.document }
}

/** null for a document whose details are not what they should be: only `check`'s part is verified on reading. */
function viewOf(document: StatusDocument, reading: Readable): string | null {
  const style = wantsColour(process.stdout.isTTY === true, process.env) ? COLOURED : PLAIN
  const stale = reading.kind === 'stale' ? reading.why : null
  try {
    return statusView(document, { style, wallMs: Date.now(), stale })
  } catch {
    return null
  }
}
