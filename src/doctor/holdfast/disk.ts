// Room on the file systems that the daemon writes to.
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { foldersOf } from '../facts/loaded-config.ts'
import { fact } from '../host.ts'
import { shell } from '../shell.ts'

const MIB = 1024 * 1024
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
export const fullFact = fact(async (host): Promise<readonly Shortage[]> => {
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
      tell('bytes', `${mib(freeBytes)} of ${mib(totalBytes)} free under ${folder}`)
    // Some file systems, such as btrfs, do not count inodes, and say 0 of 0.
    if (totalInodes > 0 && freeInodes < MIN_INODES)
      tell('inodes', `${freeInodes} of ${totalInodes} inodes free under ${folder}`)
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
  title: 'There is room where the daemon writes',
  severity: 'fail',
  needs: { shortages: fullFact, folders: foldersOf },
  judge({ shortages, folders: { runDir, stateDir } }, host) {
    if (shortages.length > 0) {
      return trouble(
        `no room is left under ${[...new Set(shortages.map(({ folder }) => folder))].join(' and ')}`,
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
    if (!state.ok && state.why === 'missing') return skip(`there is no ${stateDir}: H128`)
    if (!state.ok) return skip(state.why === 'denied' ? 'needs root' : state.error)
    return ok(`${mib(state.value.freeBytes)} free under ${stateDir}`)
  },
})
