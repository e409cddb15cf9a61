// Room on the file systems that the daemon writes to, and the history that it writes there.
import { durationText, isoTime } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { foldersOf } from '../facts/loaded-config.ts'
import { speakingDaemonFact } from '../facts/running-daemon.ts'
import { fact } from '../host.ts'
import { shell } from '../shell.ts'

const MIB = 1024 * 1024
// The page says these (H162).
/** status.json is written beside the old one, and may take half a MiB. */
const MIN_RUN_BYTES = MIB
/** Overrides, the spool and a history that is about to begin its next file. */
const MIN_STATE_BYTES = 16 * MIB
/** Every write begins with a new file. */
const MIN_INODES = 64

interface Shortage {
  readonly folder: string
  readonly lacks: 'bytes' | 'inodes'
  readonly text: string
}

/** The folders whose file system is full, or nearly so. */
const fullFact = fact(async (host): Promise<readonly Shortage[]> => {
  const { runDir, stateDir } = await foldersOf(host)
  const needs = [
    { folder: runDir, leastBytes: MIN_RUN_BYTES },
    { folder: stateDir, leastBytes: MIN_STATE_BYTES },
  ]
  return needs.flatMap(({ folder, leastBytes }) => {
    const space = host.inspect.space(folder)
    if (!space.ok) return []
    const { freeBytes, totalBytes, freeInodes, totalInodes } = space.value
    const found: Shortage[] = []
    const tell = (lacks: Shortage['lacks'], text: string) => found.push({ folder, lacks, text })
    if (freeBytes < leastBytes)
      tell('bytes', `${mib(freeBytes)} of ${mib(totalBytes)} free in ${folder}`)
    // Some file systems, such as btrfs, do not count inodes, and say 0 of 0.
    if (totalInodes > 0 && freeInodes < MIN_INODES)
      tell('inodes', `${freeInodes} of ${totalInodes} inodes free in ${folder}`)
    return found
  })
})

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`
}

/** What takes up the most of the file system that has the folder. */
function largest({ folder, lacks }: Shortage): string {
  const all = shell`"$(stat -c %m ${folder})"`
  return lacks === 'bytes'
    ? `du -xh ${all} | sort -h | tail -20`
    : `du -x --inodes ${all} | sort -n | tail -20`
}

export const DISK = holdfastCheck({
  code: 'H162',
  title: 'RUN_DIR and STATE_DIR have enough free space',
  severity: 'fail',
  needs: { shortages: fullFact, folders: foldersOf },
  judge({ shortages, folders: { runDir, stateDir } }, host) {
    if (shortages.length > 0) {
      return trouble(
        `Not enough free space in ${[...new Set(shortages.map(({ folder }) => folder))].join(' and ')}`,
        shortages.map(({ text }) => text),
        [
          shell`df -h ${runDir} ${stateDir}`,
          shell`df -i ${runDir} ${stateDir}`,
          ...shortages.map(largest),
          'journalctl --vacuum-size=200M',
        ],
      )
    }
    const state = host.inspect.space(stateDir)
    if (!state.ok && state.why === 'missing')
      return skip(`because of H128: ${stateDir} does not exist`)
    if (!state.ok) return skip(state.why === 'denied' ? 'needs root' : state.error)
    return ok(`${mib(state.value.freeBytes)} free in ${stateDir}`)
  },
})

/** The daemon writes a line a minute at the least, and soon rather than at once. */
const SILENT_MS = 3 * 60_000
const FIRST_LINE_MS = 15_000

export const HISTORY = holdfastCheck({
  code: 'H154',
  title: 'Daemon writes its history',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact, folders: foldersOf },
  async judge({ daemon: { process }, folders: { stateDir } }, host) {
    const path = `${stateDir}/history.jsonl`
    const now = host.inspect.clock.wallMs()
    const ageMs = process === null ? SILENT_MS : host.inspect.clock.bootMs() - process.startedBootMs
    if (ageMs < FIRST_LINE_MS) return skip('the daemon has just started')
    if ((await fullFact(host)).length > 0) return skip('because of H162: the disk is full')
    const facts = host.inspect.stat(path)
    if (!facts.ok && facts.why === 'denied') return skip(`needs root to look at ${path}`)
    const remedy = [
      shell`ls -l ${stateDir}`,
      shell`mv ${path} ${`${path}.aside`}`,
      'journalctl -u holdfast | grep history',
      'systemctl restart holdfast',
    ]
    if (!facts.ok) return trouble('Daemon writes no history', [facts.error], remedy)
    if (facts.value.kind !== 'file')
      return trouble(
        `${path} is a ${facts.value.kind === 'folder' ? 'directory' : facts.value.kind}`,
        ['the history must be a file'],
        remedy,
      )
    const silentMs = now - facts.value.modifiedMs
    const longest = Math.min(SILENT_MS, Math.max(ageMs, FIRST_LINE_MS))
    if (silentMs <= longest) return ok(`${path}, ${facts.value.sizeBytes} bytes`)
    return trouble(
      `Nothing was written to ${path} for ${durationText(silentMs)}`,
      [`last changed ${isoTime(facts.value.modifiedMs)}`],
      remedy,
    )
  },
})
