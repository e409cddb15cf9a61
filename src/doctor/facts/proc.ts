// Processes of this host, and settings of its kernel, as /proc has them.
import { type Process, readProcesses, sharesNetwork } from '../../host/process-table.ts'
import type { Read } from '../../ports.ts'
import { fact, type Host } from '../host.ts'

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

/**
 * @param key slashes stand for dots, as in sysctl.d(5): an interface such as eth0.100 has a dot of its own
 */
function sysctl({ inspect }: Host, key: string): Read<string> {
  const read = inspect.text(`/proc/sys/${key}`)
  return read.ok ? { ok: true, value: read.value.trim() } : read
}

/** The setting as a number; null where the kernel has no such setting. */
export function sysctlNumber(host: Host, key: string): number | null {
  const read = sysctl(host, key)
  return read.ok && /^-?\d+$/.test(read.value) ? Number(read.value) : null
}

/**
 * A setting of an interface of which the kernel takes the stricter, that is larger one: its own and
 * that of "all" (Documentation/networking/ip-sysctl.rst: arp_ignore, arp_announce, rp_filter).
 */
export function strictest(host: Host, name: string, setting: string): number | null {
  const own = sysctlNumber(host, `net/ipv4/conf/${name}/${setting}`)
  const all = sysctlNumber(host, `net/ipv4/conf/all/${setting}`)
  return own === null || all === null ? null : Math.max(own, all)
}
