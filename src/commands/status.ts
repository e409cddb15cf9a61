// `holdfast status`: what the daemon last said, for people, for programs, and for those who watch.
import { type StatusDocument, sinceWrittenMs } from '../render/status-document.ts'
import { statusView } from '../render/status-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../render/style.ts'
import type { Arguments, Io } from './command.ts'
import type { STATUS } from './definitions.ts'
import { EXIT } from './exit-code.ts'
import { readBootMoment, readStatusFile, type StatusFileReading } from './status-file.ts'

const WATCH_EVERY_MS = 1000
const DEFAULT_COLUMNS = 80

/** What there is to show: on standard output, or a sentence on why nothing can be shown. */
interface Showing {
  readonly text: string
  readonly stream: 'out' | 'err'
  readonly code: number
}

/** Shows the status once, or every second until interrupted or nobody reads any more. */
export async function run(args: Arguments<typeof STATUS>, io: Io): Promise<number> {
  const { 'run-dir': runDir, json, watch } = args.flags
  const look = () => (json ? jsonShowing(readStatusFile(runDir)) : viewShowing(runDir))
  if (watch) return watchOver(look, process.stdout.isTTY === true && !json, io)
  const { text, stream, code } = look()
  io[stream](text)
  return code
}

/** Resolves to the exit code of what was shown last. */
function watchOver(look: () => Showing, isScreen: boolean, io: Io): Promise<number> {
  return new Promise((resolve) => {
    let last: Showing | null = null
    const show = () => {
      const next = look()
      if (isScreen) io.out(frame(next.text, last === null))
      // A trouble that lasts is told once; a status is new each time.
      else if (next.stream === 'out' || next.text !== last?.text) io[next.stream](next.text)
      last = next
      if (io.isClosed?.() === true) end()
    }
    const end = () => {
      clearInterval(timer)
      resolve(last?.code ?? EXIT.failed)
    }
    const timer = setInterval(show, WATCH_EVERY_MS)
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
    show()
  })
}

/** Draws over the last frame instead of clearing the screen first, which would flicker (ECMA-48). */
function frame(text: string, isFirst: boolean): string {
  const lines = text.split('\n').map((line) => `${line}\u001b[K`)
  return `${isFirst ? '\u001b[2J' : ''}\u001b[H${lines.join('\n')}\u001b[J`
}

function jsonShowing(reading: StatusFileReading): Showing {
  const fresh = reading.kind === 'fresh'
  const why = fresh ? null : reading.why
  const document = 'document' in reading ? reading.document : {}
  const text = JSON.stringify({ fresh, why, ...document })
  return { text, stream: 'out', code: fresh ? EXIT.ok : EXIT.failed }
}

function viewShowing(runDir: string): Showing {
  const reading = readStatusFile(runDir)
  switch (reading.kind) {
    case 'missing':
      return trouble(
        `${reading.why}: the daemon is not running; start it with "systemctl start holdfast", or name its folder with --run-dir`,
      )
    case 'unreadable':
      return trouble(`${reading.why}; ${REMEDY}`)
    case 'fresh':
    case 'stale': {
      const text = viewOf(reading.document, reading.kind === 'stale' ? reading.why : null)
      if (text === null) return trouble(`${runDir}/status.json is damaged; ${REMEDY}`)
      return { text, stream: 'out', code: reading.kind === 'fresh' ? EXIT.ok : EXIT.failed }
    }
    default:
      return reading satisfies never
  }
}

const REMEDY =
  'a running daemon writes it anew within seconds, else see "systemctl status holdfast"'

function trouble(why: string): Showing {
  return { text: `holdfast status: ${why}`, stream: 'err', code: EXIT.failed }
}

/** null for a document whose details are not what they should be: only `check`'s part is verified on reading. */
function viewOf(document: StatusDocument, stale: string | null): string | null {
  const moment = readBootMoment()
  if (typeof moment === 'string') return null
  const isTerminal = process.stdout.isTTY === true
  try {
    return statusView(document, {
      style: wantsColour(isTerminal, process.env) ? COLOURED : PLAIN,
      sinceWrittenMs: sinceWrittenMs(document, moment, Date.now()),
      stale,
      columns: (isTerminal ? process.stdout.columns : 0) || DEFAULT_COLUMNS,
    })
  } catch {
    return null
  }
}
