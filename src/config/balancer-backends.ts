// A balancer's backends, and how a question at a virtual address reaches one: source ports, a mark for IPVS.
import type { Family } from '../dns/probe.ts'
import {
  type BalancedService,
  type BalancerConfig,
  backendName,
  PORTS_EACH,
  type RealServer,
} from './balancer-table.ts'

/** One real server of one service. */
export interface Backend {
  /** SERVICE.SERVER */
  readonly name: string
  readonly service: BalancedService
  readonly server: RealServer
}

export function backendsOf({ services }: BalancerConfig): Backend[] {
  return services.flatMap((service) =>
    service.servers.map((server) => ({
      name: backendName(service.name, server.name),
      service,
      server,
    })),
  )
}

/** With address translation a real server knows nothing of the virtual address. */
export function isAskedAtVirtual(
  { lvsMethod }: BalancedService,
  { checkVirtual }: BalancerConfig,
): boolean {
  return checkVirtual && lvsMethod !== 'nat'
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** A backend that is asked at the virtual addresses of its service. */
export interface MarkedBackend {
  readonly backend: Backend
  /** Its questions come from these, and nobody else's do. */
  readonly ports: PortRange
  /** What nftables writes on them, and IPVS knows as a service of this real server alone. */
  readonly marks: readonly { readonly family: Family; readonly mark: number }[]
}

/**
 * Those that are asked at virtual addresses, in the order of the file; none unless they are checked.
 *
 * The marks are the first two of the ports, so that whoever sees one knows whose it is. Each family
 * has its own: keepalived has been seen to do so, and one for both has not.
 */
export function markedBackends(balancer: BalancerConfig): MarkedBackend[] {
  return backendsOf(balancer)
    .filter(({ service }) => isAskedAtVirtual(service, balancer))
    .map((backend, index) => {
      const first = balancer.checkSourcePortBase + index * PORTS_EACH
      return {
        backend,
        ports: { first, last: first + PORTS_EACH - 1 },
        marks: familiesOf(backend.service).map((family) => ({
          family,
          mark: family === 4 ? first : first + 1,
        })),
      }
    })
}

/** All source ports of such questions; null without any. */
export function allMarkedPorts(balancer: BalancerConfig): PortRange | null {
  const marked = markedBackends(balancer)
  const [first, last] = [marked.at(0), marked.at(-1)]
  if (first === undefined || last === undefined) return null
  return { first: first.ports.first, last: last.ports.last }
}

function familiesOf({ addresses }: BalancedService): Family[] {
  return ([4, 6] as const).filter((family) =>
    addresses.some((address) => address.family === family),
  )
}
