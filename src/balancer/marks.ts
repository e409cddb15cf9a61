// How a question at a virtual address reaches one real server: source ports, and a mark for IPVS.
import { type BalancedService, type BalancerConfig, PORTS_EACH } from '../config/balancer-table.ts'
import type { Family } from '../dns/probe.ts'
import { type Backend, backendsOf, isAskedAtVirtual } from './backend.ts'
import type { IpvsService } from './ipvs-table.ts'

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
      const first = balancer.checkPorts + index * PORTS_EACH
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

/** The families in which IPVS leads what is marked to this real server, and to nobody else. */
export function ledFamilies(
  services: readonly IpvsService[],
  { marks, backend }: MarkedBackend,
): Family[] {
  const own = backend.server.addresses.map(({ address }) => address)
  const leads = ({ protocol, port, destinations }: IpvsService, mark: number) =>
    protocol === 'FWM' &&
    port === mark &&
    destinations.length > 0 &&
    destinations.every(({ address }) => own.includes(address))
  return marks
    .filter(({ mark }) => services.some((service) => leads(service, mark)))
    .map(({ family }) => family)
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
