// What the figures were measured on, and how busy it was with other things.
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg, release, totalmem } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly system: string
  readonly bun: string
  readonly named: string
  readonly keepalived: string
  /** Processes that ran or wanted to, on average over the last minute before the run. */
  readonly loadBefore: number
}

export function describeMachine(): Machine {
  return {
    processor: first(/^(?:model name|CPU part)\s*: (.+)$/m, read('/proc/cpuinfo')),
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    // What follows the version is whoever built it.
    kernel: release().replace(/[-+].*$/, ''),
    system: first(/^PRETTY_NAME="(.+)"$/m, read('/etc/os-release')),
    bun: Bun.version,
    named: first(/^BIND (\S+)/m, output(['named', '-v'])),
    keepalived: first(/^Keepalived v(\S+)/m, output(['keepalived', '--version'])),
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** Milliseconds that all processors together have worked since boot. */
export function busyMs(): number {
  const [user, nice, system, , , irq, softirq] = first(/^cpu +(.+)$/m, read('/proc/stat'))
    .split(' ')
    .map(Number) as number[]
  return (
    [user, nice, system, irq, softirq].reduce<number>((sum, value) => sum + (value ?? 0), 0) * 10
  )
}

function first(pattern: RegExp, text: string): string {
  return pattern.exec(text)?.[1]?.trim() ?? 'unknown'
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function output(command: string[]): string {
  try {
    const { stdout, stderr } = Bun.spawnSync(command)
    return `${stdout.toString()}${stderr.toString()}`
  } catch {
    return ''
  }
}
