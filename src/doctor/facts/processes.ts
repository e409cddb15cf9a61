// The processes of this host, each list looked up once for all checks.
import { type Process, readProcesses, sharesNetwork } from '../../host/process-table.ts'
import { fact } from '../host.ts'

export type { Process } from '../../host/process-table.ts'

/** By a signal, or by a debugger. */
export function isStopped({ state }: Process): boolean {
  return state === 'T' || state === 't'
}

/** All of them, those of containers too, but the doctor's own children. */
export const allProcessesFact = fact(async ({ inspect }) => readProcesses(inspect))

/**
 * Those of this host alone: a container is a host of its own, and so is another network. A process of
 * which the kernel does not tell counts as this host's.
 */
export const processesFact = fact(async (host): Promise<readonly Process[]> => {
  const all = await allProcessesFact(host)
  return all.filter(
    (process) => !process.isContained && sharesNetwork(host.inspect, process) !== false,
  )
})
