// One picture of the scene for a terminal: who holds the address, what each server thinks, and why. Pure.
import { type Colour, drawLine, type Glyphs, type Span } from './palette.ts'
import { holderText, type Note, type Scene, type Second, type ServerView } from './scene.ts'

export interface FrameOptions {
  readonly width: number
  readonly height: number
  readonly colour: boolean
  readonly glyphs: Glyphs
}

const LABEL_WIDTH = 8
const INDENT = '  '

/** At most `height` lines of at most `width` columns; meant for 80 × 24 and more. */
export function drawFrame(scene: Scene, options: FrameOptions): string[] {
  const { width, height, colour, glyphs } = options
  const above = [
    titleBar(scene, width),
    [],
    holderLine(scene),
    [],
    ...serverTable(scene, glyphs),
    [],
    ...strips(scene, width - INDENT.length - LABEL_WIDTH - 1, glyphs),
    [],
    ...nowLines(scene, glyphs),
  ]
  const room = Math.max(0, height - above.length)
  // Each act has its place above; slice(-0) would be all of them.
  const told = scene.notes.filter((note) => note.tone !== 'act')
  const notes = told.slice(told.length - Math.min(room, told.length)).map(noteLine)
  return [...above, ...notes].slice(0, height).map((spans) => drawLine(spans, width, colour))
}

function titleBar(scene: Scene, width: number): Span[] {
  const left = ' holdfast demo: three DNS servers, one service address'
  const right = `Ctrl-C ends it   ${clock(scene.elapsedMs)} `
  return [[left.padEnd(width - right.length) + right, 'bar']]
}

function holderLine(scene: Scene): Span[] {
  const holder = holderText(scene.servers)
  return [
    [`${INDENT}${scene.addresses.join(' and ')} are on `],
    [` ${holder} `, holder === 'nobody' ? 'bad' : 'bar'],
  ]
}

function serverTable(scene: Scene, glyphs: Glyphs): Span[][] {
  const head = ['server', 'named', 'health', 'state', 'priority', 'answers/s']
  const rows = scene.servers.flatMap((server) => serverRows(server, scene.seconds, glyphs))
  return [[[INDENT + head.map((title) => title.padEnd(11)).join(''), 'faint']], ...rows]
}

function serverRows(server: ServerView, seconds: readonly Second[], glyphs: Glyphs): Span[][] {
  // The second before this one: it is complete.
  const answers = seconds.at(-2)?.answered.get(server.name) ?? 0
  const cell = (text: string) => text.padEnd(11)
  return [
    [
      [INDENT],
      [cell(server.name), 'strong'],
      [cell(server.named), server.named === 'running' ? 'plain' : 'bad'],
      [cell(server.health), colourOf(server.health)],
      [cell(server.state), colourOf(server.state)],
      [cell(server.priority)],
      [cell(String(answers)), answers > 0 ? 'plain' : 'faint'],
      [server.holds ? glyphs.holds : '', 'strong'],
    ],
    [[`${INDENT}${' '.repeat(11)}${server.reason}`, 'faint']],
  ]
}

function colourOf(serverState: string): Colour {
  if (serverState === 'healthy') return 'good'
  return serverState === 'failed' || serverState === 'isolated' ? 'bad' : 'doubtful'
}

/** One column a second: who answered how much of it, and what was lost. */
function strips(scene: Scene, width: number, glyphs: Glyphs): Span[][] {
  const first = Math.max(0, scene.seconds.length - width)
  const shown = scene.seconds.slice(first)
  const label = (text: string): Span => [`${INDENT}${text.padEnd(LABEL_WIDTH)}`, 'faint']
  const strip = (count: (second: Second) => number) =>
    shown.map((second) => level(count(second), scene.ratePerS, glyphs)).join('')
  return [
    [[`${INDENT}who answered, one column a second`, 'faint']],
    ...scene.servers.map((server): Span[] => [
      label(server.name),
      [strip((second) => second.answered.get(server.name) ?? 0), 'good'],
    ]),
    [label('lost'), [strip((second) => second.lost), 'bad']],
    [label('event'), [actMarks(scene, first, width), 'strong']],
  ]
}

/** Any query at all shows; a second's worth, give or take what fell into the next, is a full block. */
function level(count: number, full: number, glyphs: Glyphs): string {
  if (count === 0) return glyphs.none
  const { levels } = glyphs
  const index = Math.round((count / full) * levels.length) - 1
  return levels[Math.min(levels.length - 1, Math.max(0, index))] ?? ''
}

function actMarks(scene: Scene, first: number, width: number): string {
  const marks = Array.from({ length: width }, () => ' ')
  for (const act of scene.acts) {
    const column = Math.floor(act.atMs / 1000) - first
    if (column >= 0 && column < width) marks[column] = String(act.number)
  }
  return marks.join('').trimEnd()
}

function nowLines(scene: Scene, glyphs: Glyphs): Span[][] {
  const act = scene.acts.at(-1)
  if (act === undefined) return [[], []]
  return [
    [[`${glyphs.now} ${act.number} of ${scene.actCount}: ${act.title}`, 'strong']],
    [[`${INDENT}${act.explanation}`]],
  ]
}

const NOTE_COLOURS = { plain: 'plain', good: 'good', bad: 'bad', act: 'strong' } as const

function noteLine(note: Note): Span[] {
  return [
    [`${seconds(note.atMs)}  `, 'faint'],
    [note.text, NOTE_COLOURS[note.tone]],
  ]
}

/** A note as a line of its own, for output that is no terminal. */
export function plainNote(note: Note): string {
  return `${seconds(note.atMs)}  ${note.tone === 'act' ? '== ' : ''}${note.text}`
}

function seconds(atMs: number): string {
  return `${(atMs / 1000).toFixed(1).padStart(6)} s`
}

function clock(elapsedMs: number): string {
  const whole = Math.floor(elapsedMs / 1000)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
