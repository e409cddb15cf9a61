// What the rival policies have in common: a check that runs again and again, and a priority made of up or down.
import type { Checker, PolicyHost } from './policy.ts'

/** How an instance's priority follows from what its check found. */
export interface RivalElection {
  /** The priority of a server in service whose check passes; ranks count from 1. */
  readonly up: (rank: number) => number
  readonly down: number
}

/**
 * 250, 200, 150 … by rank, and 50 for a server that is broken or out of service: the priorities of
 * the 2015 configuration, lent to the rivals that have no VRRP of their own.
 */
export const BY_RANK: RivalElection = { up: (rank) => Math.max(51, 300 - 50 * rank), down: 50 }

/** What decides whether an instance's server is up. */
export interface Program {
  /** Begins to check; `report` may be called at any time from then on. */
  start(report: (instance: number | 'all', up: boolean) => void): void
}

/** A checker of any program; none of the rivals has a dead man's switch, so what was said last stands. */
export function rivalChecker(host: PolicyHost, program: Program, election: RivalElection): Checker {
  let order: readonly string[] = []
  let isUp: boolean[] = host.instances.map(() => false)
  let mode: 'drained' | 'isolated' | null = null

  function report(which: number | 'all', up: boolean): void {
    for (const index of host.instances.keys()) {
      if (which !== 'all' && which !== index) continue
      if (isUp[index] === up) continue
      isUp[index] = up
      publish(index)
    }
  }

  function publish(index: number): void {
    const place = order.indexOf(host.serverName)
    const rank = host.instances[index]?.reverseOrder === true ? order.length - place : place + 1
    const serves = isUp[index] === true && mode === null && place >= 0
    host.setPriority(
      index,
      mode === 'isolated' ? 'fault' : serves ? election.up(rank) : election.down,
    )
  }

  function publishAll(): void {
    for (const index of host.instances.keys()) publish(index)
  }

  return {
    start(names) {
      order = names
      isUp = host.instances.map(() => false)
      publishAll()
      program.start(report)
    },
    addressesChanged() {},
    orderChanged(names) {
      order = names
      publishAll()
    },
    override(next) {
      mode = next
      publishAll()
    },
    killed() {},
    wakeAtMs: () => Number.POSITIVE_INFINITY,
    tick() {},
  }
}

/** Takes in one result, and says what it makes of the server and how long to wait. */
export type Judge = (passed: boolean) => { readonly up: boolean; readonly waitMs: number }

export interface Polling {
  readonly timeoutMs: number
  /** Whether the wait counts from a check's start, as timers do, or from its end, as sleeps do. */
  readonly waitFrom: 'start' | 'end'
}

/** Asks the loopback address over UDP, as the published configurations do, one check after another. */
export function poll(
  host: PolicyHost,
  { timeoutMs, waitFrom }: Polling,
  judge: Judge,
  report: (up: boolean) => void,
): void {
  const check = (): void => {
    const { outcome, latencyMs } = host.ask('127.0.0.1', 'udp', null, timeoutMs)
    const spentMs = latencyMs
    const passed = outcome === 'ok'
    host.later(spentMs, () => {
      const { up, waitMs } = judge(passed)
      report(up)
      host.later(Math.max(0, waitFrom === 'start' ? waitMs - spentMs : waitMs), check)
    })
  }
  host.later(host.random.between(0, 1000), check)
}
