// Rival policies, each written from its documented behaviour.
import type { Checker, Policy, PolicyHost } from './policy.ts'

/** A check that runs again and again, with counters that decide. */
interface CounterRules {
  readonly name: string
  readonly source: string
  readonly intervalMs: number
  /** The interval while a change is under way, when it differs. */
  readonly pendingMs?: number
  readonly timeoutMs: number
  readonly fall: number
  readonly rise: number
  /** The first result decides alone. */
  readonly firstDecides: boolean
}

const DIG_TIMEOUT_MS = 1000

/** Consecutive failures and passes, as keepalived's track scripts and exabgp count them. */
function counterPolicy(rules: CounterRules): Policy {
  return {
    name: rules.name,
    source: rules.source,
    create: (host) =>
      pollingChecker(
        host,
        (report) => {
          let up = false
          let known = false
          let against = 0
          return (passed) => {
            if (!known && rules.firstDecides) {
              known = true
              up = passed
            } else if (passed === up) {
              against = 0
            } else {
              against++
              if (against >= (up ? rules.fall : rules.rise)) {
                up = passed
                against = 0
              }
            }
            report(up)
            return against > 0 ? (rules.pendingMs ?? rules.intervalMs) : rules.intervalMs
          }
        },
        rules.timeoutMs,
      ),
  }
}

/**
 * gdnsd's monitors: `down_thresh` failures in total, which only `ok_thresh` consecutive passes
 * clear, take a service down; `up_thresh` consecutive passes bring it back.
 */
function gdnsdPolicy(up: number, ok: number, down: number, intervalMs: number): Policy {
  return {
    name: `gdnsd ${up}/${ok}/${down}`,
    source:
      'gdnsd.config(5): service_types up_thresh 20, ok_thresh 10, down_thresh 10, interval 10 s, timeout 3 s',
    create: (host) =>
      pollingChecker(
        host,
        (report) => {
          let isUp = false
          let known = false
          let failures = 0
          let passes = 0
          return (passed) => {
            passes = passed ? passes + 1 : 0
            if (!known) {
              known = true
              isUp = passed
            } else if (isUp) {
              if (!passed) failures++
              if (passes >= ok) failures = 0
              if (failures >= down) isUp = false
            } else if (passes >= up) {
              isUp = true
              failures = 0
            }
            report(isUp)
            return intervalMs
          }
        },
        3000,
      ),
  }
}

/**
 * dnsdist's lazy mode: the outcomes of clients' queries are sampled; when too many of the last
 * hundred failed, active checks begin, further and further apart, until one passes.
 */
function dnsdistLazyPolicy(): Policy {
  const SAMPLES = 100
  const THRESHOLD = 0.2
  const SAMPLED_QUERIES_A_SECOND = 10
  const FIRST_RETRY_MS = 30_000
  const MAX_BACKOFF_MS = 3_600_000
  return {
    name: 'dnsdist lazy',
    source:
      'dnsdist reference, newServer(): healthCheckMode lazy, lazyHealthCheckThreshold 20 %, SampleSize 100, FailedInterval 30 s, UseExponentialBackOff, MaxBackOff 3600 s',
    create: (host) =>
      pollingChecker(
        host,
        (report) => {
          const window: boolean[] = []
          let isUp = true
          let retryMs = FIRST_RETRY_MS
          return (passed) => {
            if (isUp) {
              window.push(passed)
              if (window.length > SAMPLES) window.shift()
              const failed = window.filter((good) => !good).length
              if (failed / window.length >= THRESHOLD && failed > 0) {
                isUp = false
                retryMs = FIRST_RETRY_MS
              }
            } else if (passed) {
              isUp = true
              window.length = 0
            } else {
              retryMs = Math.min(MAX_BACKOFF_MS, retryMs * 2)
            }
            report(isUp)
            return isUp ? 1000 / SAMPLED_QUERIES_A_SECOND : retryMs
          }
        },
        DIG_TIMEOUT_MS,
      ),
  }
}

/** Asks the loopback address over UDP, as the published configurations do, and turns up or down into a priority. */
function pollingChecker(
  host: PolicyHost,
  rules: (report: (up: boolean) => void) => (passed: boolean) => number,
  timeoutMs: number,
): Checker {
  let order: readonly string[] = []
  let isUp = false
  let mode: 'drained' | 'isolated' | null = null
  let judge = rules(report)

  function report(up: boolean): void {
    if (up === isUp) return
    isUp = up
    publish()
  }

  /** 250, 200, 150 … by rank, 50 for a server that is broken or out of service. */
  function publish(): void {
    for (const [index, instance] of host.instances.entries()) {
      const place = order.indexOf(host.serverName)
      const rank = instance.direction === 'forward' ? place + 1 : order.length - place
      const serves = isUp && mode === null && place >= 0
      host.setPriority(
        index,
        mode === 'isolated' ? 'fault' : serves ? Math.max(51, 300 - 50 * rank) : 50,
      )
    }
  }

  function check(): void {
    const { outcome, latencyMs } = host.ask('127.0.0.1', 'udp', false, timeoutMs)
    const startedMs = host.nowMs()
    host.later(latencyMs, () => {
      const intervalMs = judge(outcome === 'ok')
      host.later(Math.max(0, intervalMs - (host.nowMs() - startedMs)), check)
    })
  }

  return {
    start(names) {
      order = names
      isUp = false
      judge = rules(report)
      publish()
      host.later(host.random.between(0, 1000), check)
    },
    addressesChanged() {},
    orderChanged(names) {
      order = names
      publish()
    },
    override(next) {
      mode = next
      publish()
    },
    // None of them has a dead-man: what was said last stands.
    killed() {},
    wakeAtMs: () => Number.POSITIVE_INFINITY,
    tick() {},
  }
}

/** All rivals, the plainest first. */
export const RIVALS: readonly Policy[] = [
  counterPolicy({
    name: 'keepalived 1/1',
    source:
      'keepalived.conf(5): vrrp_script interval 1, rise 1, fall 1 (the defaults), dig +time=1 +tries=1',
    intervalMs: 1000,
    timeoutMs: DIG_TIMEOUT_MS,
    fall: 1,
    rise: 1,
    firstDecides: true,
  }),
  counterPolicy({
    name: 'keepalived 3/3',
    source: 'keepalived.conf(5): vrrp_script interval 1, rise 3, fall 3, dig +time=1 +tries=1',
    intervalMs: 1000,
    timeoutMs: DIG_TIMEOUT_MS,
    fall: 3,
    rise: 3,
    firstDecides: true,
  }),
  counterPolicy({
    name: 'inline 2015',
    source:
      'Tony Finch, "Recursive DNS server failover with keepalived --vrrp", 2015: one script a slot, interval 1, timeout 2, dig +time=1 +tries=1 @localhost',
    intervalMs: 1000,
    timeoutMs: DIG_TIMEOUT_MS,
    fall: 1,
    rise: 1,
    firstDecides: true,
  }),
  counterPolicy({
    name: 'OpenShift 3/3',
    source:
      'openshift/machine-config-operator, on-prem keepalived template: vrrp_script interval 2, weight 50, rise 3, fall 3',
    intervalMs: 2000,
    timeoutMs: DIG_TIMEOUT_MS,
    fall: 3,
    rise: 3,
    firstDecides: true,
  }),
  counterPolicy({
    name: 'OpenShift rise 15',
    source:
      'Ben Nemec, "Loadbalancer Healthcheck Design for Flaky Services": the same template with a much higher rise',
    intervalMs: 2000,
    timeoutMs: DIG_TIMEOUT_MS,
    fall: 3,
    rise: 15,
    firstDecides: true,
  }),
  counterPolicy({
    name: 'exabgp 3/3 fast',
    source: 'exabgp healthcheck --help: interval 5, fast-interval 1, timeout 5, rise 3, fall 3',
    intervalMs: 5000,
    pendingMs: 1000,
    timeoutMs: 5000,
    fall: 3,
    rise: 3,
    firstDecides: false,
  }),
  gdnsdPolicy(20, 10, 10, 10_000),
  dnsdistLazyPolicy(),
]
