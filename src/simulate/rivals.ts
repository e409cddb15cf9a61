// Rival policies, each written from its documented behaviour.
import type { Policy } from './policy.ts'
import {
  BY_RANK,
  type Judge,
  type Polling,
  poll,
  type RivalElection,
  rivalChecker,
} from './rival-parts.ts'
import { dnsdistLazy, exabgp, gdnsd, trackScript } from './rival-rules.ts'

interface Rival {
  readonly name: string
  readonly source: string
  readonly polling: Polling
  readonly judge: () => Judge
  readonly election?: RivalElection
  /** Each instance has checks of its own, rather than one for the whole server. */
  readonly perInstance?: boolean
}

function rival({ name, source, polling, judge, election, perInstance }: Rival): Policy {
  return {
    name,
    source,
    create: (host) =>
      rivalChecker(
        host,
        {
          start(report) {
            const checks = perInstance === true ? [...host.instances.keys()] : (['all'] as const)
            for (const which of checks) poll(host, polling, judge(), (up) => report(which, up))
          },
        },
        election ?? BY_RANK,
      ),
  }
}

/** `dig +time=1 +tries=1` gives up after a second; keepalived starts the script anew every interval. */
const DIG: Polling = { timeoutMs: 1000, waitFrom: 'start' }

/** `timeout 1.9` around the script, in the template's own words. */
const OPENSHIFT: Polling = { timeoutMs: 1900, waitFrom: 'start' }

/**
 * Priority 40 on every server, and 20 + 5 more while both scripts pass: equals among the healthy,
 * so that an address stays where it is until its holder fails.
 */
const EQUALS: RivalElection = { up: () => 65, down: 40 }

/** All rivals, the plainest first. */
export const RIVALS: readonly Policy[] = [
  rival({
    name: 'keepalived 1/1',
    source:
      'keepalived.conf(5), vrrp_script: interval 1 s by default; rise and fall of 1 where they are left out; the check is dig +time=1 +tries=1',
    polling: DIG,
    judge: () => trackScript({ intervalMs: 1000, fall: 1, rise: 1 }),
  }),
  rival({
    name: 'keepalived 3/3',
    source:
      'keepalived.conf(5), vrrp_script: interval 1 s, rise 3, fall 3; the check is dig +time=1 +tries=1',
    polling: DIG,
    judge: () => trackScript({ intervalMs: 1000, fall: 3, rise: 3 }),
  }),
  rival({
    name: 'inline 2015',
    source:
      'Tony Finch, "Recursive DNS server failover with keepalived --vrrp", 9 January 2015: a script for each instance and slot, interval 1, timeout 2, dig @localhost +time=1 +tries=1; priorities 250, 200, 150, 100 and 50',
    polling: DIG,
    judge: () => trackScript({ intervalMs: 1000, fall: 1, rise: 1 }),
    perInstance: true,
  }),
  rival({
    name: 'OpenShift 3/3',
    source:
      'openshift/machine-config-operator, templates/master/00-master/on-prem/files/keepalived-keepalived.yaml: timeout 1.9, interval 2, rise 3, fall 3, priority 40 + 20 + 5 on every server',
    polling: OPENSHIFT,
    judge: () => trackScript({ intervalMs: 2000, fall: 3, rise: 3 }),
    election: EQUALS,
  }),
  rival({
    name: 'OpenShift rise 15',
    source:
      'Ben Nemec, "Loadbalancer Healthcheck Design for Flaky Services" (blog.nemebean.com), part one, and openshift/machine-config-operator pull request 3357: the same template with a much higher rise, taken as 15',
    polling: OPENSHIFT,
    judge: () => trackScript({ intervalMs: 2000, fall: 3, rise: 15 }),
    election: EQUALS,
  }),
  rival({
    name: 'exabgp 3/3 fast',
    source:
      'Exa-Networks/exabgp, src/exabgp/application/healthcheck.py: interval 5, fast-interval 1, timeout 5, rise 3, fall 3 (the defaults), sleeping between checks',
    polling: { timeoutMs: 5000, waitFrom: 'end' },
    judge: () => exabgp({ intervalMs: 5000, fastMs: 1000, fall: 3, rise: 3 }),
  }),
  rival({
    name: 'gdnsd 20/10/10',
    source:
      'gdnsd.config(5), service_types: up_thresh 20, ok_thresh 10, down_thresh 10, interval 10, timeout 3 (the defaults)',
    polling: { timeoutMs: 3000, waitFrom: 'start' },
    judge: () => gdnsd({ up: 20, ok: 10, down: 10 }, 10_000),
  }),
  {
    name: 'dnsdist lazy',
    source:
      'PowerDNS/pdns, dnsdist guide "Configuring Downstream Servers" and dnsdist-backend.cc: healthCheckMode lazy, SampleSize 100, Threshold 20, FailedInterval 30, MaxBackOff 3600 (the defaults), UseExponentialBackOff; sampled from ten queries a second',
    create: (host) =>
      rivalChecker(
        host,
        dnsdistLazy(host, {
          samples: 100,
          threshold: 0.2,
          sampledEveryMs: 100,
          sampleTimeoutMs: 2000,
          evaluatedEveryMs: 1000,
          checkTimeoutMs: 1000,
          failedIntervalMs: 30_000,
          maxBackOffMs: 3_600_000,
        }),
        BY_RANK,
      ),
  },
]
