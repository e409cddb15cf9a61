// Is what happens written down?
import { durationText, isoTime } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { speakingDaemonFact } from '../facts/daemon-process.ts'
import { foldersOf } from '../facts/loaded-config.ts'
import { shell } from '../shell.ts'
import { fullFact } from './disk.ts'

/** The daemon writes a line a minute at the least, and soon rather than at once. */
const SILENT_MS = 3 * 60_000
const FIRST_LINE_MS = 15_000

export const HISTORY = holdfastCheck({
  code: 'H154',
  title: 'The daemon writes its history',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact, folders: foldersOf },
  async judge({ daemon: { process }, folders: { stateDir } }, host) {
    const path = `${stateDir}/history.jsonl`
    const now = host.inspect.clock.wallMs()
    const ageMs = process === null ? SILENT_MS : host.inspect.clock.bootMs() - process.startedBootMs
    if (ageMs < FIRST_LINE_MS) return skip('the daemon has just started')
    if ((await fullFact(host)).length > 0) return skip('the disk is full: H162')
    const facts = host.inspect.stat(path)
    if (!facts.ok && facts.why === 'denied') return skip(`needs root to look at ${path}`)
    const remedy = [
      shell`ls -l ${stateDir}`,
      shell`mv ${path} ${`${path}.aside`}`,
      'journalctl -u holdfast | grep history',
      'systemctl restart holdfast',
    ]
    if (!facts.ok) return trouble('the daemon writes no history', [facts.error], remedy)
    if (facts.value.kind !== 'file')
      return trouble(`${path} is a ${facts.value.kind}`, ['the history belongs there'], remedy)
    const silentMs = now - facts.value.modifiedMs
    const longest = Math.min(SILENT_MS, Math.max(ageMs, FIRST_LINE_MS))
    if (silentMs <= longest) return ok(`${path}, ${facts.value.sizeBytes} bytes`)
    return trouble(
      `nothing was written to ${path} for ${durationText(silentMs)}`,
      [`last changed ${isoTime(facts.value.modifiedMs)}`],
      remedy,
    )
  },
})
