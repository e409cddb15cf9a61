// What the kernel says that a process uses.
import { readdirSync, readFileSync } from 'node:fs'

const TICK_MS = 10

/** Resident memory. */
export function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(proc(pid, 'status'))?.[1])
}

/** Memory of its own, which no file backs. */
export function anonymousKb(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(proc(pid, 'status'))?.[1])
}

/** Resident memory, pages that it shares with others counted as a part. */
export function proportionalKb(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(proc(pid, 'smaps_rollup'))?.[1])
}

/** User and system time so far, of a process and its children, in steps of 10 ms. */
export function cpuMs(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + ownCpuMs(each), 0)
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((other) => parentOf(other) === pid)
}

/** Fields 14 to 17 of proc(5)'s stat: the process, and those of its children that have ended. */
function ownCpuMs(pid: number): number {
  const ticks = statFields(pid).slice(11, 15).map(Number)
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_MS
}

function parentOf(pid: number): number | null {
  try {
    return Number(statFields(pid)[1])
  } catch {
    return null
  }
}

/** The fields after the program's name, which may hold anything; the first is the state. */
function statFields(pid: number): string[] {
  const stat = proc(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function proc(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8')
}
