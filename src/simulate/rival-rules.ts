// How the rivals count: from results, one after another, to up or down.
import type { PolicyHost } from './policy.ts'
import type { Judge, Program } from './rival-parts.ts'

export interface CounterRules {
  readonly intervalMs: number
  readonly fall: number
  readonly rise: number
}

/** keepalived's track scripts: consecutive results, and the very first decides alone. */
export function trackScript({ intervalMs, fall, rise }: CounterRules): Judge {
  let up: boolean | null = null
  let against = 0
  return (passed) => {
    if (up === null || passed === up) {
      up = passed
      against = 0
    } else if (++against >= (up ? fall : rise)) {
      up = passed
      against = 0
    }
    return { up, waitMs: intervalMs }
  }
}

/** exabgp's states: rising and falling run at the fast interval, and nothing is announced before the first has ended. */
export function exabgp(rules: CounterRules & { readonly fastMs: number }): Judge {
  let up = false
  let last: boolean | null = null
  let run = 0
  return (passed) => {
    run = passed === last ? run + 1 : 1
    last = passed
    const isSettled = run >= (passed ? rules.rise : rules.fall)
    if (isSettled) up = passed
    // An address that is up and passes is never rising, nor one that is down and fails falling.
    return { up, waitMs: isSettled ? rules.intervalMs : rules.fastMs }
  }
}

/**
 * gdnsd's monitors: `down` failures in total, which only `ok` consecutive passes clear, take a
 * service down; `up` consecutive passes bring it back. The first result decides alone.
 */
export function gdnsd(
  thresholds: { readonly up: number; readonly ok: number; readonly down: number },
  intervalMs: number,
): Judge {
  let isUp: boolean | null = null
  let failures = 0
  let passes = 0
  return (passed) => {
    passes = passed ? passes + 1 : 0
    if (isUp === null) {
      isUp = passed
    } else if (isUp) {
      if (!passed) failures++
      if (passes >= thresholds.ok) failures = 0
      if (failures >= thresholds.down) isUp = false
    } else if (passes >= thresholds.up) {
      isUp = true
      failures = 0
    }
    return { up: isUp, waitMs: intervalMs }
  }
}

export interface LazyRules {
  readonly samples: number
  readonly threshold: number
  readonly sampledEveryMs: number
  readonly sampleTimeoutMs: number
  readonly evaluatedEveryMs: number
  readonly checkTimeoutMs: number
  readonly failedIntervalMs: number
  readonly maxBackOffMs: number
}

/**
 * dnsdist's lazy mode: the outcomes of clients' queries are sampled. When too many of the last ones
 * failed, the server is in potential failure, and one active check decides; a failed server is
 * checked further and further apart until a check passes.
 */
export function dnsdistLazy(host: PolicyHost, rules: LazyRules): Program {
  type Phase = 'healthy' | 'checking' | 'failed'
  let phase: Phase = 'healthy'
  let recent: boolean[] = []
  let backOffMs = rules.failedIntervalMs
  let report: (instance: 'all', up: boolean) => void = () => {}

  function sample(): void {
    const { outcome, latencyMs } = host.ask('127.0.0.1', 'udp', null, rules.sampleTimeoutMs)
    const failed = outcome !== 'ok'
    host.later(latencyMs, () => {
      recent.push(failed)
      if (recent.length > rules.samples) recent.shift()
    })
    host.later(rules.sampledEveryMs, sample)
  }

  function evaluate(): void {
    host.later(rules.evaluatedEveryMs, evaluate)
    if (phase !== 'healthy' || recent.length === 0) return
    const failures = recent.filter((failed) => failed).length
    if (failures / recent.length < rules.threshold) return
    recent = []
    phase = 'checking'
    check()
  }

  function check(): void {
    const { outcome, latencyMs } = host.ask('127.0.0.1', 'udp', null, rules.checkTimeoutMs)
    const passed = outcome === 'ok'
    host.later(latencyMs, () => conclude(passed))
  }

  function conclude(passed: boolean): void {
    if (passed) {
      phase = 'healthy'
      recent = []
      report('all', true)
      return
    }
    backOffMs =
      phase === 'failed' ? Math.min(rules.maxBackOffMs, backOffMs * 2) : rules.failedIntervalMs
    phase = 'failed'
    report('all', false)
    host.later(backOffMs, check)
  }

  return {
    start(to) {
      report = to
      recent = []
      // Like any back end it is checked once before it gets a query.
      phase = 'checking'
      host.later(host.random.between(0, 1000), () => {
        check()
        sample()
        evaluate()
      })
    },
  }
}
