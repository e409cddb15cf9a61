// `holdfast simulate --replay`: what a daemon recorded, on the same core with other parameters.

import { readBounded } from '../../adapters/atomic-file.ts'
import { olderHistory } from '../../adapters/history-files.ts'
import type { Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { parseSettings, type Setting } from '../../config/settings.ts'
import type { RecordedConfig } from '../../documents/history-lines.ts'
import { type Life, parseHistory } from '../../documents/lives.ts'
import { recordedTurns, replayLife, type Turn } from '../../simulate/replay.ts'
import { changedConfig } from '../../simulate/replay-settings.ts'
import {
  type ReplayDocument,
  replayText,
  type StateFrom,
  summaryOf,
} from '../../view/simulation/replay-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'

export interface ReplayOptions {
  readonly file: string
  /** As --set has them; without it the replay is held against the record. */
  readonly set: string | undefined
  readonly json: boolean
}

/** Each of the two files is far below this. */
const LIMIT_BYTES = 64 * 1024 * 1024

/** Resolves to the exit code. */
export function replay({ file, set, json }: ReplayOptions, io: Io): number {
  const complain = (text: string, code: number) => {
    io.err(`holdfast simulate: ${text}`)
    return code
  }
  const settings = set === undefined ? null : parseSettings(set)
  if (settings !== null && !settings.ok)
    return complain(`--set: ${settings.complaint.text}; ${settings.complaint.hint}`, EXIT.usage)
  const read = readBounded(file, LIMIT_BYTES)
  if (!read.ok) return complain(read.error, EXIT.failed)
  const older = readBounded(olderHistory(file), LIMIT_BYTES)
  const { lives, skipped, unknownVersion } = parseHistory(
    `${older.ok ? older.value : ''}\n${read.value}`,
  )
  if (unknownVersion !== null)
    io.err(
      `holdfast simulate: parts of ${file} are of version ${unknownVersion}, which this program does not know`,
    )
  if (skipped > 0) io.err(`holdfast simulate: ${skipped} lines cannot be read and are left out`)
  const [first] = lives
  if (first === undefined) return complain(`${file} holds no history`, EXIT.failed)
  for (const life of lives) {
    const changed = changedConfig(life.start.config, settings?.value ?? [])
    if (!changed.ok)
      return complain(`--set: ${changed.complaint.text}; ${changed.complaint.hint}`, EXIT.usage)
  }
  const document = documentOf(lives, settings?.value ?? null, set ?? '')
  warn(document, settings !== null, io)
  io.out(json ? jsonOf(document) : textOf(document))
  return EXIT.ok
}

function documentOf(
  lives: readonly Life[],
  settings: readonly Setting[] | null,
  set: string,
): ReplayDocument {
  const change = (config: RecordedConfig): RecordedConfig => {
    if (settings === null) return config
    const changed = changedConfig(config, settings)
    return changed.ok ? changed.value : config
  }
  const versions = [
    { label: 'as recorded', lives: lives.map((life) => onWall(life, recordedTurns(life))) },
    {
      label: settings === null ? 'replayed' : set,
      lives: lives.map((life) => onWall(life, replayLife(life, change))),
    },
  ]
  return {
    server: lives[0]?.start.config.server.name ?? '',
    lives: lives.map((life) => ({
      fromWallMs: wall(life, life.start.nowMs),
      toWallMs: wall(life, life.endMs),
    })),
    versions,
  }
}

function onWall(life: Life, turns: readonly Turn[]): StateFrom[] {
  return turns.map(({ atMs, state: serverState }) => ({
    wallMs: wall(life, atMs),
    state: serverState,
  }))
}

function wall({ start }: Life, atMs: number): number {
  return start.wallMs + atMs - start.nowMs
}

/** A replay cannot know what was never asked; where it was not changed, it can be held to the record. */
function warn({ versions }: ReplayDocument, isChanged: boolean, io: Io): void {
  if (isChanged) {
    io.err(
      'holdfast simulate: who held the addresses is taken as recorded, though it may have gone otherwise',
    )
    return
  }
  const [recorded, replayed] = versions.map(({ lives }) =>
    lives.map((turns) => turns.map((turn) => turn.state)),
  )
  if (JSON.stringify(recorded) !== JSON.stringify(replayed))
    io.err('holdfast simulate: the replay differs from the record; lines may be lost')
}

function jsonOf(document: ReplayDocument): string {
  const versions = document.versions.map((version) => ({
    ...version,
    ...summaryOf(document, version),
  }))
  return JSON.stringify({ ...document, versions })
}

function textOf(document: ReplayDocument): string {
  const style = wantsColour(process.stdout.isTTY === true, process.env) ? COLOURED : PLAIN
  return replayText(document, style)
}
