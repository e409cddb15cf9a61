// What `status --watch` does again and again: draws, over itself on a terminal, and asks keepalived.
import { createElectionDumper } from '../../adapters/keepalived-dump.ts'
import type { Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'

/** What there is to show: on standard output, or a sentence on why nothing can be shown. */
export interface Showing {
  readonly text: string
  readonly stream: 'out' | 'err'
  readonly code: number
  /** One line for what is: it is shown when it has changed, with the time before it. */
  readonly isChange?: boolean
}

/** Readers of a pipe get something new once a second; clocks on a terminal shall be seen to move. */
const PIPE_EVERY_MS = 1000
const SCREEN_EVERY_MS = 500

const ESC = '\u001b['
/** The alternate screen leaves what was there before as it was; without the cursor, nothing blinks. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}2J`
const LEAVE = `${ESC}?25h${ESC}?1049l`
/** Terminals that know it show a frame when it is whole; others ignore it. */
const BEGIN_FRAME = `${ESC}?2026h`
const END_FRAME = `${ESC}?2026l`

/** Whether standard output is a terminal on which something can be drawn over. */
export function isScreen(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}

/** Shows until interrupted, or until nobody reads any more; resolves to the exit code of what was shown last. */
export function watchOver(look: () => Showing, onScreen: boolean, io: Io): Promise<number> {
  return new Promise((resolve) => {
    let last: Showing | null = null
    const show = () => {
      const next = look()
      if (onScreen) io.out(frame(next.text))
      // A trouble that lasts is told once, and so is a line; a document is new each time.
      else if (next.isChange !== true && next.stream === 'out') io.out(next.text)
      else if (next.text !== last?.text)
        io[next.stream](next.isChange === true ? `${timeNow()}  ${next.text}` : next.text)
      last = next
      if (io.isClosed?.() === true) end()
    }
    const clear = () => {
      io.out(`${ESC}2J`)
      show()
    }
    const end = () => {
      clearInterval(timer)
      process.stdout.off('resize', clear)
      // What was seen last stays, as it does after a view that was asked for once.
      if (onScreen) io.out(`${LEAVE}${last?.text ?? ''}`)
      resolve(last?.code ?? EXIT.failed)
    }
    const timer = setInterval(show, onScreen ? SCREEN_EVERY_MS : PIPE_EVERY_MS)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
    if (onScreen) {
      process.stdout.on('resize', clear)
      io.out(ENTER)
    }
    show()
  })
}

function timeNow(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`
}

/**
 * Draws over the last frame instead of clearing the screen first, which would flicker (ECMA-48). It
 * ends on the line below, which must be on the screen, or it would scroll.
 */
function frame(text: string): string {
  const lines = text.split('\n').map((line) => `${line}${ESC}K`)
  return `${BEGIN_FRAME}${ESC}H${lines.join('\n')}${ESC}J${END_FRAME}\n`
}

/** What keepalived here knows of the election: asked once, or now and then while it is watched. */
interface ElectionWatch {
  /** What it said last; nothing where only root may ask, where it does not run, or does not tell. */
  known(): readonly RunningInstance[]
  ask(): Promise<void>
  /** Goes on asking until it is told to end. */
  goOn(): () => void
}

/** A view is drawn more often than that, and its answers are soon enough. */
const ASK_EVERY_MS = 2000

export function createElectionWatch(dump = createElectionDumper()): ElectionWatch {
  let known: readonly RunningInstance[] = []
  const ask = async () => {
    const dumped = await dump()
    known = dumped.ok ? dumped.value : []
  }
  return {
    known: () => known,
    ask,
    goOn() {
      let timer: ReturnType<typeof setTimeout> | undefined
      let isOver = false
      const again = () => {
        if (isOver) return
        timer = setTimeout(() => void ask().then(again), ASK_EVERY_MS)
      }
      again()
      return () => {
        isOver = true
        clearTimeout(timer)
      }
    },
  }
}
