// The thread's side: does what it is asked to, one thing after the other, and says what came of it.
import { parentPort } from 'node:worker_threads'
import { exhibitFiles } from '../exhibits.ts'
import { createSpool } from '../spool/store.ts'
import type { Answer, Call, DiskMethod, Told } from './protocol.ts'

/** Serves until the program ends; returns at once, with false, where this is no thread. */
export async function serveDisk(argv: readonly string[]): Promise<boolean> {
  const port = parentPort
  if (port === null) return false
  const [stateDir = '', pollMs] = argv
  const tell = (told: Told) => port.postMessage(told)
  const spool = createSpool({
    stateDir,
    log: { line: (level, text) => tell({ kind: 'log', level, text }) },
    ...(pollMs === undefined ? {} : { pollMs: Number(pollMs) }),
  })
  const methods: { readonly [M in DiskMethod]: (...args: never[]) => unknown } = {
    ...spool,
    watch: () => void spool.watch(() => tell({ kind: 'changed' })),
    writeExhibit: exhibitFiles.write,
    removeExhibit: exhibitFiles.remove,
  }
  port.on('message', ({ call, method, args }: Call) => {
    tell({ kind: 'answer', call, answer: answerOf(() => methods[method](...(args as never[]))) })
  })
  return new Promise(() => {})
}

function answerOf(run: () => unknown): Answer {
  try {
    return { ok: true, value: run() }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
