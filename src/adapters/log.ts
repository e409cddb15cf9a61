// The daemon's log: one line an event, in the shape that its reader expects.
import { fstatSync } from 'node:fs'
import { createConsola } from 'consola/core'
import type { Clock, Log, LogLevel } from '../ports.ts'

/** What the log needs of a stream; `process.stderr` fits. */
export interface LogStream {
  readonly fd?: number | undefined
  readonly writableLength?: number
  write(text: string): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface LogOptions {
  readonly stream: LogStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTTY: boolean
  readonly level: LogLevel
  readonly clock: Pick<Clock, 'wallMs'>
}

export interface LevelledLog extends Log {
  /** Lines below this level are left out from now on. */
  setLevel(level: LogLevel): void
}

type Shape = (level: LogLevel, text: string) => string

/** syslog's numbers for the levels (RFC 5424 section 6.2.1), which journald reads from `<N>`. */
const SYSLOG_PRIORITY: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 }
const COLOUR: Readonly<Record<LogLevel, number>> = { error: 31, warn: 33, info: 32, debug: 90 }
const CONSOLA_LEVEL: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 3, debug: 4 }

/** A longer text says nothing more to a reader, and journald would break it up. */
const MAX_TEXT_LENGTH = 4096
/** What may wait for a reader that has stalled; the lines after that are counted, not kept. */
const MAX_BACKLOG = 1 << 20

/**
 * A log that journald, a person at a terminal or a file can read, whichever `stream` leads to.
 *
 * Consola decides by level and takes the line to its reporter. What a line looks like and how it is
 * written is ours: consola's own reporters know neither journald's priorities nor texts that steer a
 * terminal, and keep all that a stalled reader does not take.
 *
 * A stream that fails (its reader has gone, its disk is full) loses lines and nothing else.
 */
export function createLog(options: LogOptions): LevelledLog {
  const shape = chooseShape(options)
  const write = tolerantWriter(options.stream, (lost) =>
    shape('warn', `log lines lost before this one: ${lost}`),
  )
  const consola = createConsola({
    level: CONSOLA_LEVEL[options.level],
    // With 0, a clock that is set back would still make it swallow repeated lines.
    throttle: Number.NEGATIVE_INFINITY,
    reporters: [{ log: (entry) => write(shape(entry.type as LogLevel, String(entry.args[0]))) }],
  })
  return {
    line: (level, text) => consola[level](escapeControls(text)),
    setLevel(level) {
      consola.level = CONSOLA_LEVEL[level]
    },
  }
}

/** Makes a text safe for one line: no value can start a line of its own or steer a terminal. */
export function escapeControls(text: string): string {
  const short = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
  return short.replace(UNSAFE, (character) => {
    switch (character) {
      case '\n':
        return '\\n'
      case '\r':
        return '\\r'
      case '\t':
        return '\\t'
      default: {
        const code = character.charCodeAt(0)
        const hex = code.toString(16)
        return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`
      }
    }
  })
}

/** C0 and C1 controls, line separators, and the marks that turn the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

function chooseShape({ stream, env, isTTY, clock }: LogOptions): Shape {
  if (leadsToJournal(stream, env)) return (level, text) => `<${SYSLOG_PRIORITY[level]}>${text}`
  if (!isTTY)
    return (level, text) => `${new Date(clock.wallMs()).toISOString()} ${level.padEnd(5)} ${text}`
  const coloured = (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  const paint = (level: LogLevel, text: string) =>
    coloured ? `\u001b[${COLOUR[level]}m${text}\u001b[0m` : text
  return (level, text) =>
    `${localTime(new Date(clock.wallMs()))} ${paint(level, level.padEnd(5))} ${text}`
}

/**
 * Whether the stream is the very one that systemd connected to the journal: a program started by a
 * service inherits JOURNAL_STREAM even when its output goes elsewhere (systemd.exec(5)).
 */
function leadsToJournal(stream: LogStream, env: LogOptions['env']): boolean {
  if (env.JOURNAL_STREAM === undefined || stream.fd === undefined) return false
  try {
    const { dev, ino } = fstatSync(stream.fd, { bigint: true })
    return env.JOURNAL_STREAM === `${dev}:${ino}`
  } catch {
    return false
  }
}

function localTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const ms = String(at.getMilliseconds()).padStart(3, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`
}

/** Writes that never throw and never fill the memory while nobody reads. */
function tolerantWriter(
  stream: LogStream,
  noteOf: (lost: number) => string,
): (line: string) => void {
  let dropped = 0
  // An 'error' event without a listener ends the process.
  stream.on('error', () => {
    dropped += 1
  })
  return (line) => {
    if ((stream.writableLength ?? 0) > MAX_BACKLOG) {
      dropped += 1
      return
    }
    try {
      const note = dropped > 0 ? `${noteOf(dropped)}\n` : ''
      dropped = 0
      stream.write(`${note}${line}\n`)
    } catch {
      dropped += 1
    }
  }
}
