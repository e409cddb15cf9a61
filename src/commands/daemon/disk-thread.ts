// The thread's side: does what it is asked to, one thing after the other, and says what came of it.
import { parentPort } from 'node:worker_threads'
import { answerOf, type Call, type Told } from '../../adapters/disk/protocol.ts'
import { diskMethods } from './disk-methods.ts'

/** Serves until the program ends; returns at once where this is no thread. */
export async function serveDisk([stateDir = '', pollMs]: readonly string[]): Promise<void> {
  const port = parentPort
  if (port === null) return
  const tell = (told: Told) => port.postMessage(told)
  const log = {
    line: (level: 'error' | 'warn' | 'info' | 'debug', text: string) =>
      tell({ kind: 'log', level, text }),
  }
  const poll = pollMs === undefined ? {} : { pollMs: Number(pollMs) }
  const methods = diskMethods({ stateDir, log, ...poll }, () => tell({ kind: 'changed' }))
  port.on('message', ({ call, method, args }: Call) => {
    tell({ kind: 'answer', call, answer: answerOf(() => methods[method](...(args as never[]))) })
  })
  await new Promise(() => {})
}
