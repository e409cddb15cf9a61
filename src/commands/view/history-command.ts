// `holdfast history`: what the daemon recorded, told in order, for people and for programs.
import { join } from 'node:path'
import { readHistory } from '../../adapters/history-files.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { readSince } from '../../cli/since.ts'
import { usageError } from '../../cli/usage.ts'
import { parseHistory } from '../../documents/lives.ts'
import { historyDocument, historyView } from '../../view/history/history-view.ts'
import { timelineOf } from '../../view/history/occurrences.ts'
import { signsFor } from '../../view/screen.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'
import { HISTORY } from '../operating-definitions.ts'

const DEFAULT_COLUMNS = 80

/** Tells the whole record, or what is of it since a time. */
export async function run(args: Arguments<typeof HISTORY>, io: Io): Promise<number> {
  const { since, json, 'state-dir': stateDir } = args.flags
  const nowMs = Date.now()
  const from = since === undefined ? null : readSince(since, nowMs)
  if (from !== null && !from.ok) return usageError(HISTORY, `--since: ${from.error}`, io)
  const sinceMs = from?.value ?? null
  const path = join(stateDir, 'history.jsonl')
  const read = readHistory(path)
  if (!read.ok) {
    io.err(`holdfast history: ${read.error}`)
    return EXIT.failed
  }
  const { lives, skipped, unknownVersion } = parseHistory(read.value.text)
  warn({ path, skipped, unknownVersion, cut: read.value.cut, empty: lives.length === 0 }, io)
  if (lives.length === 0) return EXIT.failed
  const timeline = timelineOf(lives, nowMs)
  const server = lives.at(-1)?.start.config.server.name ?? null
  if (json) io.out(JSON.stringify(historyDocument(timeline, { server, sinceMs, skipped })))
  else show(historyView(timeline, { ...look(), nowMs, sinceMs, zoneMinutes }), io)
  return EXIT.ok
}

interface Findings {
  readonly path: string
  readonly skipped: number
  readonly unknownVersion: number | null
  readonly cut: readonly string[]
  readonly empty: boolean
}

function warn({ path, skipped, unknownVersion, cut, empty }: Findings, io: Io): void {
  const say = (text: string) => io.err(`holdfast history: ${text}`)
  for (const file of cut) say(`${file} is larger than it should be: only its end is read`)
  if (unknownVersion !== null)
    say(`parts of ${path} are of version ${unknownVersion}, which this program does not know`)
  if (skipped > 0) say(`lines that cannot be read and are left out: ${skipped}`)
  if (empty) say(`${path} holds no history`)
}

function show(text: string, io: Io): void {
  if (text === '') io.err('holdfast history: nothing is recorded since then')
  else io.out(text)
}

function look() {
  const isTerminal = process.stdout.isTTY === true
  return {
    style: wantsColour(isTerminal, process.env) ? COLOURED : PLAIN,
    signs: signsFor(isTerminal, process.env),
    columns: isTerminal ? process.stdout.columns || DEFAULT_COLUMNS : null,
  }
}

function zoneMinutes(wallMs: number): number {
  return -new Date(wallMs).getTimezoneOffset()
}
