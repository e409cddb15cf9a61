// How busy the processors are, and how much memory there is, as Linux counts it.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Capacity } from './schedule.ts'

export interface ProcessorTimes {
  readonly idle: number
  readonly all: number
}

/** What all processors have done since the boot, in clock ticks (proc(5), /proc/stat). */
export function processorTimes(): ProcessorTimes {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    line.trim().split(/\s+/).slice(1).map(Number)
  return {
    idle: idle + iowait,
    all: user + nice + system + idle + iowait + irq + softirq + steal,
  }
}

/** The share of the time between two readings in which processors had nothing to do, 0 to 1. */
export function idleShare(from: ProcessorTimes, to: ProcessorTimes): number {
  return to.all === from.all ? 0 : (to.idle - from.idle) / (to.all - from.all)
}

export function capacityHere(): Capacity {
  const memory = readFileSync('/proc/meminfo', 'utf8')
  const [, availableKib = '0'] = /^MemAvailable:\s+(\d+) kB$/m.exec(memory) ?? []
  return { processors: availableParallelism(), memoryMib: Math.floor(Number(availableKib) / 1024) }
}
