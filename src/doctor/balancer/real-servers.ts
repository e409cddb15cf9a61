// How the real servers are: enough of them, failed ones, deaf ones, and those that an operator has taken out.

import { VIRTUAL } from '../../balancer/backend.ts'
import { isInPool } from '../../balancer/pool.ts'
import { quorumTrouble } from '../../balancer/quorum.ts'
import { type Backend, backendsOf } from '../../config/balancer-backends.ts'
import { isPass } from '../../core/outcome.ts'
import type { Override } from '../../core/override.ts'
import type { BackendStatus, EndpointStatus } from '../../documents/status-document.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import { loopbackLine } from '../../host/loopback-addresses.ts'
import { balancerCheck } from '../categories.ts'
import { factOf, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { balancerFact, configFact } from '../facts/loaded-config.ts'
import { readOrder } from '../facts/running-daemon.ts'
import { backendsFact } from './ground.ts'
import { LOCAL_ANSWERS, MARKED, MARKS, virtualFact } from './mark-rules.ts'

export const VIRTUALS = balancerCheck({
  code: 'H608',
  title: 'Real servers answer at virtual and own addresses alike',
  severity: 'fail',
  explainedBy: [MARKS, MARKED, LOCAL_ANSWERS],
  needs: { virtual: virtualFact, backends: backendsFact },
  judge({ backends }) {
    const deaf = backends.filter(failsAtVirtualOnly)
    if (deaf.length === 0) return ok(`${backends.length} real servers`)
    const addresses = new Set(deaf.flatMap(failedAddresses))
    const silences = deaf.map(
      (one) => `${one.backend} does not respond at ${failedAddresses(one).join(', ')}`,
    )
    return trouble(
      silences.join('; '),
      deaf.flatMap((one) => [
        `${one.backend}: its own addresses respond`,
        ...failing(one).map(({ endpoint, outcome }) => `${one.backend}: ${endpoint}: ${outcome}`),
      ]),
      [
        '# On that server:',
        '#   ip -brief address show lo',
        ...[...addresses].map((address) => `#   ip ${loopbackLine(address)}`),
        '#   holdfast render-config loopback --output /etc/holdfast/loopback.ip',
      ],
    )
  },
})

function failing({ endpoints }: BackendStatus): readonly EndpointStatus[] {
  return endpoints.filter((endpoint) => endpoint.interface === VIRTUAL && isFailed(endpoint))
}

function isFailed({ outcome, ignored }: EndpointStatus): boolean {
  return outcome !== null && !isPass(outcome) && !ignored
}

/** A real server whose trouble is at virtual addresses alone. */
function failsAtVirtualOnly(backend: BackendStatus): boolean {
  const own = backend.endpoints.filter((endpoint) => endpoint.interface !== VIRTUAL)
  return !own.some(isFailed) && failing(backend).length > 0
}

/** Out of "udp/192.0.2.53", each once. */
function failedAddresses(backend: BackendStatus): readonly string[] {
  const all = failing(backend).map(
    ({ endpoint }) => endpoint.replace(/^[^/]*\//, '').split(' ', 1)[0],
  )
  return [...new Set(all.filter((address) => address !== undefined))]
}

const MAX_REASONS = 3

/** What keeps real servers out of the pool, or seems to, and is told by itself. */
const TOLD = [VIRTUALS, MARKS, MARKED, LOCAL_ANSWERS]

export const QUORUM = balancerCheck({
  code: 'H609',
  title: 'Every service meets its quorum',
  severity: 'fail',
  explainedBy: TOLD,
  needs: { backends: backendsFact },
  judge({ balancer: { services }, backends }) {
    const counts = services.map(({ name, quorum, servers }) => {
      const inPool = backends.filter((one) => one.service === name && isInPool(one)).length
      return { service: name, inPool, of: servers.length, quorum }
    })
    const what = quorumTrouble(counts)
    if (what === null)
      return ok(counts.map((one) => `${one.service} ${one.inPool} of ${one.of}`).join(', '))
    const fact = `${what.charAt(0).toUpperCase()}${what.slice(1)}`
    return trouble(fact, backends.filter(isOut).map(sentence), [
      'holdfast status',
      '# On the real servers: holdfast doctor',
    ])
  },
})

function isOut(backend: BackendStatus): boolean {
  return !isInPool(backend)
}

/** "recdns.rs1 has failed since …: udp/192.0.2.31: no answer in time" */
function sentence({ backend, health, since, reasons, override }: BackendStatus): string {
  if (override !== null) return `${backend} is ${override.mode} by an operator`
  const some = reasons.slice(0, MAX_REASONS)
  const more = reasons.length > some.length ? [`and ${reasons.length - some.length} more`] : []
  return `${backend} is ${health} since ${since}: ${[...some, ...more].join('; ')}`
}

export const FAILED = balancerCheck({
  code: 'H610',
  title: 'Every real server is healthy',
  severity: 'warn',
  explainedBy: [QUORUM, MARKS, MARKED, LOCAL_ANSWERS],
  needs: { backends: backendsFact },
  judge({ backends }) {
    const plain = backends.filter((one) => one.override === null && !failsAtVirtualOnly(one))
    const ill = plain.filter(({ health }) => health !== 'healthy')
    if (ill.length === 0) return ok(`${backends.length} healthy`)
    const names = ill.map(({ backend, health }) => `${backend} is ${health}`).join(', ')
    return trouble(names, ill.map(sentence), [
      'holdfast status',
      '# On that server: holdfast doctor',
    ])
  },
})

interface Ordered {
  readonly backend: Backend
  readonly path: string
  readonly override: Override
}

const BALANCER = { config: configFact, balancer: balancerFact }

/** The orders about real servers that are in the files. */
const ordersFact = factOf(BALANCER, ({ config, balancer }, host): readonly Ordered[] | Skip => {
  const orders: Ordered[] = []
  for (const backend of backendsOf(balancer)) {
    const path = `${config.paths.stateDir}/backend/${backend.name}.json`
    const reading = readOrder(host, path)
    if (reading.kind === 'denied') return skip(`needs root to read ${path}`)
    if (reading.kind === 'order') orders.push({ backend, path, override: reading.override })
  }
  return orders
})

export const DRAINED = balancerCheck({
  code: 'H611',
  title: 'No real server is drained',
  severity: 'warn',
  needs: { orders: ordersFact },
  judge({ orders }, host) {
    const plain = orders.filter(({ override }) => override.corrupt === undefined)
    if (plain.length === 0) return ok('none')
    const now = host.inspect.clock.wallMs()
    const told = plain.map(({ backend, override: { mode, sinceWallMs } }) => {
      return `${backend.name} has been ${mode} for ${durationText(Math.max(0, now - sinceWallMs))}`
    })
    return trouble(
      told.join(', '),
      plain.map(({ path, override }) => `${path}: ${overrideText(override)}`),
      [
        'holdfast status',
        ...plain.map(({ backend }) => `holdfast undrain --backend ${backend.name}`),
      ],
    )
  },
})

export const UNDERSTOOD = balancerCheck({
  code: 'H612',
  title: 'Drain files of real servers are valid',
  severity: 'fail',
  needs: { orders: ordersFact },
  judge({ orders }) {
    const corrupt = orders.filter(({ override }) => override.corrupt !== undefined)
    if (corrupt.length === 0) return ok(`${orders.length} files`)
    return trouble(
      `${corrupt.map(({ path }) => path).join(', ')} is not valid: the real server counts as drained`,
      corrupt.map(({ override }) => override.corrupt ?? ''),
      corrupt.flatMap(({ path, backend }) => [
        `cat ${path}`,
        `holdfast undrain --backend ${backend.name}`,
      ]),
    )
  },
})
