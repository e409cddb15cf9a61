// A replay's findings: what a server was worth as recorded and otherwise, side by side.
import { SERVER_STATES, type ServerState } from '../../core/server-state.ts'
import { isoTime } from '../../documents/text.ts'
import { PLAIN, type Style } from '../style.ts'

/** From a time on, by the calendar. */
export interface StateFrom {
  readonly wallMs: number
  readonly state: ServerState
}

/** One column: a label and the states of each life. */
export interface ReplayVersion {
  readonly label: string
  readonly lives: readonly (readonly StateFrom[])[]
}

export interface ReplayDocument {
  readonly server: string
  /** When each life begins and ends. */
  readonly lives: readonly { readonly fromWallMs: number; readonly toWallMs: number }[]
  readonly versions: readonly ReplayVersion[]
}

/** A night of flapping is more than anybody reads; --json has it all. */
const MAX_ROWS = 200
const HOUR_MS = 3_600_000
/** Timers and answers make no two runs the same to the millisecond. */
const SAME_MS = 1000

export interface VersionSummary {
  /** Times that the server ceased to be healthy or on probation. */
  readonly falls: number
  readonly changes: number
  /** Shares of the time, from 0 to 1. */
  readonly shares: Readonly<Record<ServerState, number>>
}

/** Counts and shares over all lives. */
export function summaryOf(
  { lives: spans }: ReplayDocument,
  version: ReplayVersion,
): VersionSummary {
  const ms = Object.fromEntries(SERVER_STATES.map((serverState) => [serverState, 0])) as Record<
    ServerState,
    number
  >
  let [falls, changes, totalMs] = [0, 0, 0]
  for (const [index, turns] of version.lives.entries()) {
    const toMs = spans[index]?.toWallMs ?? 0
    changes += Math.max(0, turns.length - 1)
    for (const [at, { wallMs, state: serverState }] of turns.entries()) {
      const endMs = turns[at + 1]?.wallMs ?? toMs
      ms[serverState] += endMs - wallMs
      totalMs += endMs - wallMs
      if (at > 0 && !serves(serverState) && serves(turns[at - 1]?.state ?? 'failed')) falls++
    }
  }
  const shares = Object.fromEntries(
    SERVER_STATES.map((serverState) => [
      serverState,
      totalMs === 0 ? 0 : ms[serverState] / totalMs,
    ]),
  ) as Record<ServerState, number>
  return { falls, changes, shares }
}

/** Summary and history as text. */
export function replayText(document: ReplayDocument, style: Style = PLAIN): string {
  const { server, lives, versions } = document
  const first = lives[0]?.fromWallMs ?? 0
  const last = lives.at(-1)?.toWallMs ?? 0
  const hours = lives.reduce((sum, life) => sum + life.toWallMs - life.fromWallMs, 0) / HOUR_MS
  const parts = lives.length === 1 ? '' : ` in ${lives.length} parts`
  const head = `${style.strong(server)}, ${isoTime(first)} to ${isoTime(last)}: ${hours.toFixed(1)} h${parts}`
  const labels = versions.map(({ label }) => label)
  const summaries = versions.map((version) => summaryOf(document, version))
  const used = SERVER_STATES.filter((serverState) =>
    summaries.some(({ shares }) => shares[serverState] > 0),
  )
  const figures = [
    ['', ...labels],
    ['failures', ...summaries.map(({ falls }) => String(falls))],
    ['changes', ...summaries.map(({ changes }) => String(changes))],
    ...used.map((word) => [
      word,
      ...summaries.map(({ shares }) => `${(shares[word] * 100).toFixed(2)} %`),
    ]),
  ]
  return [head, aligned(figures, style), historyText(document, labels, style)].join('\n\n')
}

function historyText(document: ReplayDocument, labels: readonly string[], style: Style): string {
  const moments = document.versions.flatMap(({ lives }, column) =>
    lives.flat().map(({ wallMs, state: serverState }) => ({ wallMs, state: serverState, column })),
  )
  moments.sort((a, b) => a.wallMs - b.wallMs || a.column - b.column)
  const rows: { readonly wallMs: number; readonly state: ServerState; readonly cells: string[] }[] =
    []
  for (const { wallMs, state: serverState, column } of moments) {
    // The same thing at about the same time in another column is one line.
    const last = rows.at(-1)
    const isSame =
      last !== undefined &&
      last.state === serverState &&
      wallMs - last.wallMs < SAME_MS &&
      last.cells[column + 1] === ''
    const row = isSame
      ? last
      : {
          wallMs,
          state: serverState,
          cells: [isoTime(Math.round(wallMs)), ...labels.map(() => '')],
        }
    row.cells[column + 1] = serverState
    if (!isSame) rows.push(row)
  }
  const shown = rows.slice(0, MAX_ROWS)
  const left = rows.length - shown.length
  const more = left === 0 ? '' : `\n… and ${left} more; --json prints all`
  return `${aligned([['time', ...labels], ...shown.map(({ cells }) => cells)], style)}${more}`
}

function serves(serverState: ServerState): boolean {
  return serverState === 'healthy' || serverState === 'probation'
}

function aligned(rows: readonly (readonly string[])[], style: Style): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line, index) => (index === 0 ? style.faint(line) : line))
    .join('\n')
}
