// A thread for the disk that dies with the lock of an order in its hands.
import { parentPort } from 'node:worker_threads'
import type { Call } from '../../../src/adapters/disk/protocol.ts'
import { acquireLock } from '../../../src/adapters/lock.ts'

parentPort?.on('message', ({ method, args }: Call) => {
  if (method !== 'swapOrder') return
  const lock = acquireLock(`${String(args[0])}.lock`)
  throw new Error(lock.ok ? 'killed' : lock.error)
})
