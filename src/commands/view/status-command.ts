// `holdfast status`: what the daemon last said, for people, for programs, and for those who watch.
import { readBounded } from '../../adapters/atomic-file.ts'
import {
  readBootMoment,
  readStatusFile,
  type StatusFileReading,
} from '../../adapters/status-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import {
  type BootMoment,
  type StatusDocument,
  sinceWrittenMs,
} from '../../documents/status-document.ts'
import { NO_STRIPS, readStrips, type Strips } from '../../documents/tally-document.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'
import { holdersIn } from '../../keepalived/election.ts'
import { signsFor } from '../../view/screen.ts'
import { statusLine } from '../../view/status/status-line.ts'
import { statusView } from '../../view/status/status-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'
import type { STATUS } from '../operating-definitions.ts'
import { createElectionWatch, isScreen, type Showing, watchOver } from './status-watch.ts'

/** What people have in front of them where nobody says otherwise. */
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24
/** Narrower ones are given as much, and show the left part of it. */
const MIN_COLUMNS = 20

const TALLY_LIMIT_BYTES = 4 * 1024 * 1024

/** Shows the status once, or again and again until interrupted or nobody reads any more. */
export async function run(args: Arguments<typeof STATUS>, io: Io): Promise<number> {
  const { 'run-dir': runDir, json, watch, all } = args.flags
  const onScreen = watch && !json && isScreen()
  if (json && watch) return watchOver(() => jsonShowing(readStatusFile(runDir)), false, io)
  if (json) return show(jsonShowing(readStatusFile(runDir)), io)
  const election = createElectionWatch()
  await election.ask()
  const wishes = { all, onScreen, isWatched: watch }
  const look = () => viewShowing(runDir, { ...wishes, election: election.known() })
  if (!watch) return show(look(), io)
  const end = election.goOn()
  return watchOver(look, onScreen, io).finally(end)
}

function show({ text, stream, code }: Showing, io: Io): number {
  io[stream](text)
  return code
}

function jsonShowing(reading: StatusFileReading): Showing {
  const fresh = reading.kind === 'fresh'
  const why = fresh ? null : reading.why
  const document = 'document' in reading ? reading.document : {}
  const text = JSON.stringify({ fresh, why, ...document })
  return { text, stream: 'out', code: fresh ? EXIT.ok : EXIT.failed }
}

interface ViewWishes {
  readonly all: boolean
  /** It is drawn over itself, and must fit. */
  readonly onScreen: boolean
  readonly isWatched: boolean
  /** What keepalived tells of it. */
  readonly election: readonly RunningInstance[]
}

function viewShowing(runDir: string, wishes: ViewWishes): Showing {
  const reading = readStatusFile(runDir)
  switch (reading.kind) {
    case 'missing':
      return trouble(
        `${reading.why}: the daemon is not running; start it with "systemctl start holdfast", or name its directory with --run-dir`,
      )
    case 'unreadable':
      return trouble(`${reading.why}; ${REMEDY}`)
    case 'fresh':
    case 'stale': {
      const stale = reading.kind === 'stale' ? reading.why : null
      const isLine = wishes.isWatched && !wishes.onScreen
      const text = isLine
        ? lineOf(reading.document, stale)
        : viewOf(reading.document, stale, runDir, wishes)
      if (text === null) return trouble(`${runDir}/status.json is damaged; ${REMEDY}`)
      const code = reading.kind === 'fresh' ? EXIT.ok : EXIT.failed
      return { text, stream: 'out', code, isChange: isLine }
    }
    default:
      return reading satisfies never
  }
}

const REMEDY =
  'a running daemon writes it again within seconds; else see "systemctl status holdfast"'

function trouble(why: string): Showing {
  return { text: `holdfast status: ${why}`, stream: 'err', code: EXIT.failed }
}

/** What is seen of it in a pipe. */
function lineOf(document: StatusDocument, stale: string | null): string | null {
  try {
    return signsFor(false, process.env).clean(statusLine(document, stale))
  } catch {
    return null
  }
}

/** null for a document whose details are not what they should be: only `check`'s part is verified on reading. */
function viewOf(
  document: StatusDocument,
  stale: string | null,
  runDir: string,
  { all, onScreen, isWatched, election }: ViewWishes,
): string | null {
  const moment = readBootMoment()
  if (typeof moment === 'string') return null
  const { isTTY, columns, rows } = process.stdout
  const isTerminal = isTTY === true
  const room = (isTerminal ? columns : 0) || DEFAULT_COLUMNS
  try {
    return statusView(document, {
      style: wantsColour(isTerminal, process.env) ? COLOURED : PLAIN,
      signs: signsFor(isTerminal, process.env),
      sinceWrittenMs: sinceWrittenMs(document, moment, Date.now()),
      stale,
      strips: stripsOf(runDir, moment),
      holders: holdersIn(election, document.instances),
      vrrp: election.map(({ name, state }) => ({ instance: name, state: state.toUpperCase() })),
      isWatched,
      columns: Math.max(MIN_COLUMNS, room),
      rows: onScreen ? Math.max(1, (rows || DEFAULT_ROWS) - 1) : null,
      all,
    })
  } catch {
    return null
  }
}

/** The daemon writes its tally now and then, and the view is whole without it. */
function stripsOf(runDir: string, moment: BootMoment): Strips {
  const file = readBounded(`${runDir}/tally.json`, TALLY_LIMIT_BYTES)
  return file.ok ? readStrips(file.value, moment) : NO_STRIPS
}
