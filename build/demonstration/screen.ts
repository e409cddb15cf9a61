// Where the demo is seen: a live picture on a terminal, lines everywhere else.
import { drawFrame, plainNote } from './frame.ts'
import { glyphsFor } from './palette.ts'
import type { Note, Scene } from './scene.ts'

export interface Screen {
  /** Something happened: a line of its own where there is no live picture. */
  note(note: Note): void
  /** Ends the live picture and gives the terminal back as it was. */
  close(): void
}

const ESC = '\u001b['
/** The alternate screen leaves what was there before as it was. */
const ENTER = `${ESC}?1049h${ESC}?25l`
const LEAVE = `${ESC}?25h${ESC}?1049l`
const HOME = `${ESC}H`
const EMPTY_LINE = `${ESC}2K`
const EVERY_MS = 100

export interface ScreenOptions {
  readonly stream: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** The scene at this moment. */
  readonly scene: () => Scene
}

/** A live picture, drawn anew ten times a second. */
export function liveScreen({ stream, env, scene }: ScreenOptions): Screen {
  const colour = (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  const glyphs = glyphsFor(env)
  let open = true
  const draw = () => {
    const { columns: width = 80, rows: height = 24 } = stream
    const lines = drawFrame(scene(), { width, height, colour, glyphs })
    const rows = Array.from({ length: height }, (_, row) => EMPTY_LINE + (lines[row] ?? ''))
    stream.write(HOME + rows.join('\r\n'))
  }
  stream.write(ENTER)
  draw()
  const timer = setInterval(draw, EVERY_MS)
  return {
    note() {},
    close() {
      if (!open) return
      open = false
      clearInterval(timer)
      stream.write(LEAVE)
    },
  }
}

/** One line for each thing that happens. */
export function plainScreen(write: (line: string) => void): Screen {
  return { note: (note) => write(plainNote(note)), close() {} }
}
