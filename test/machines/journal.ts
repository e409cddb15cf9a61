// What a machine's units logged: all of this boot, or from now on as it comes.
import type { LabProcess } from '../lab/process.ts'
import type { Machine } from './machine.ts'

export interface LogEvent {
  /** Microseconds since the computer booted: to be compared with each other. */
  readonly atUs: number
  readonly unit: string
  readonly text: string
}

/** Everything that the units, and systemd about them, logged since the machine booted. */
export async function journalOf(machine: Machine, units: readonly string[]): Promise<LogEvent[]> {
  const chosen = units.flatMap((unit) => ['--unit', unit])
  const text = await machine.run(['journalctl', '--boot', '--output', 'json', ...chosen])
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(toEntry)
}

/** The first entry that matches; fails when there is none. */
export function firstEntry(entries: readonly LogEvent[], pattern: RegExp): LogEvent {
  const found = entries.find((entry) => pattern.test(entry.text))
  if (found !== undefined) return found
  const said = entries.map((entry) => `${entry.unit}: ${entry.text}`).join('\n')
  throw new Error(`nobody logged ${pattern}:\n${said}`)
}

/** Follows what a unit logs from this moment on: await lines of its `log`, then end it by a signal. */
export async function followJournal(machine: Machine, unit: string): Promise<LabProcess> {
  const last = await machine.run(['journalctl', '--lines', '1', '--show-cursor', '--quiet'])
  const cursor = /^-- cursor: (.*)$/m.exec(last)?.[1] ?? ''
  const follow = ['--follow', '--output', 'cat', '--no-tail', `--after-cursor=${cursor}`]
  return machine.spawn(`journal of ${unit}`, ['journalctl', ...follow, '--unit', unit])
}

function toEntry(line: string): LogEvent {
  const fields = JSON.parse(line) as Record<string, unknown>
  const unit = fields.UNIT ?? fields._SYSTEMD_UNIT
  return {
    atUs: Number(fields.__MONOTONIC_TIMESTAMP),
    unit: String(unit),
    // A message that is not plain text comes as a list of bytes.
    text: Array.isArray(fields.MESSAGE)
      ? new TextDecoder().decode(Uint8Array.from(fields.MESSAGE as number[]))
      : String(fields.MESSAGE),
  }
}
