// How the real servers are: enough of them, failed ones, and those that an operator has taken out.
import { isInPool } from '../../balancer/pool.ts'
import { quorumTrouble } from '../../balancer/quorum.ts'
import { type Backend, backendsOf } from '../../config/balancer-backends.ts'
import type { Override } from '../../core/override.ts'
import type { BackendStatus } from '../../documents/status-document.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import { balancerCheck } from '../categories.ts'
import { factOf, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { balancerFact } from '../facts/balancer-host.ts'
import { configFact } from '../facts/loaded-config.ts'
import { readOrder } from '../facts/operator-override.ts'
import { backendsFact } from './backends.ts'
import { LOCAL_ANSWERS, MARKED, MARKS } from './mark-rules.ts'
import { failsAtVirtualOnly, VIRTUALS } from './virtual.ts'

const MAX_REASONS = 3

/** What keeps real servers out of the pool, or seems to, and is told by itself. */
const TOLD = [VIRTUALS, MARKS, MARKED, LOCAL_ANSWERS]

export const QUORUM = balancerCheck({
  code: 'H609',
  title: 'Every service has as many real servers in the pool as its quorum',
  severity: 'fail',
  explainedBy: TOLD,
  needs: { backends: backendsFact },
  judge({ balancer: { services }, backends }) {
    const counts = services.map(({ name, quorum, servers }) => {
      const inPool = backends.filter(
        (backend) => backend.service === name && isInPool(backend),
      ).length
      return { service: name, inPool, of: servers.length, quorum }
    })
    const what = quorumTrouble(counts)
    if (what === null) {
      return ok(counts.map((count) => `${count.service} ${count.inPool} of ${count.of}`).join(', '))
    }
    return trouble(what, backends.filter(isOut).map(sentence), [
      'holdfast status',
      'Look at the real servers: holdfast doctor there',
    ])
  },
})

function isOut(backend: BackendStatus): boolean {
  return !isInPool(backend)
}

/** "recdns.rs1 has failed since …: udp/192.0.2.31: no answer in time" */
function sentence({ backend, verdict, since, reasons, override }: BackendStatus): string {
  if (override !== null) return `${backend} is ${override.mode} by order`
  const some = reasons.slice(0, MAX_REASONS)
  const more = reasons.length > some.length ? [`and ${reasons.length - some.length} more`] : []
  return `${backend} is ${verdict} since ${since}: ${[...some, ...more].join('; ')}`
}

export const FAILED = balancerCheck({
  code: 'H610',
  title: 'Every real server is healthy as this balancer sees it',
  severity: 'warn',
  explainedBy: [QUORUM, MARKS, MARKED, LOCAL_ANSWERS],
  needs: { backends: backendsFact },
  judge({ backends }) {
    const ill = backends.filter(
      (backend) =>
        backend.verdict !== 'healthy' && backend.override === null && !failsAtVirtualOnly(backend),
    )
    if (ill.length === 0) return ok(`${backends.length} healthy`)
    const names = ill
      .map((backendStatus) => `${backendStatus.backend} is ${backendStatus.verdict}`)
      .join(', ')
    return trouble(names, ill.map(sentence), ['holdfast status', 'holdfast doctor, on that server'])
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
  title: 'No operator has taken a real server out',
  severity: 'warn',
  needs: { orders: ordersFact },
  judge({ orders }, host) {
    const plain = orders.filter(({ override }) => override.corrupt === undefined)
    if (plain.length === 0) return ok('there is no order')
    const now = host.inspect.clock.wallMs()
    const since = ({ override: { sinceWallMs } }: Ordered) =>
      durationText(Math.max(0, now - sinceWallMs))
    return trouble(
      plain
        .map((order) => `${order.backend.name} has been ${order.override.mode} for ${since(order)}`)
        .join(', '),
      plain.map((order) => `${order.path}: ${overrideText(order.override)}`),
      [
        'holdfast status',
        ...plain.map((order) => `holdfast undrain --backend ${order.backend.name}`),
      ],
    )
  },
})

export const UNDERSTOOD = balancerCheck({
  code: 'H612',
  title: 'The orders about real servers can be understood',
  severity: 'fail',
  needs: { orders: ordersFact },
  judge({ orders }) {
    const corrupt = orders.filter(({ override }) => override.corrupt !== undefined)
    if (corrupt.length === 0) return ok(`${orders.length} of them`)
    return trouble(
      `${corrupt.map(({ path }) => path).join(', ')} cannot be understood, and counts as drained`,
      corrupt.map(({ override }) => override.corrupt ?? ''),
      corrupt.flatMap(({ path, backend }) => [
        `cat ${path}`,
        `holdfast undrain --backend ${backend.name}`,
      ]),
    )
  },
})
