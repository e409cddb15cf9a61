// The rules of nftables that lead a balancer's questions at a virtual address to one real server.
import { type MarkedBackend, markedBackends } from '../config/balancer-backends.ts'
import type { BalancedService } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import type { Family } from '../dns/probe.ts'

/** The table is holdfast's own: nothing else is in it, and nothing of it in others. */
export const NFT_TABLE = 'inet holdfast_balancer'

/**
 * A file for `nft -f`, which may be read again at any time: the table is made anew in one step, and
 * taken away where no virtual address is checked.
 */
export function renderNft({ balancer }: Pick<Config, 'balancer'>): string {
  const marked = balancer === null ? [] : markedBackends(balancer)
  const services = [...new Set(marked.map(({ backend }) => backend.service))]
  const rules = services.flatMap((service) =>
    rulesFor(
      service,
      marked.filter(({ backend }) => backend.service === service),
    ),
  )
  const chain = ['  chain output {', `    ${HOOK}`, ...rules.map((rule) => `    ${rule}`), '  }']
  const table = rules.length === 0 ? [] : ['', WHY, `table ${NFT_TABLE} {`, ...chain, '}']
  return [
    '# Rendered by "holdfast render-config": edit holdfast.toml and render again.',
    '',
    '# Made first, so that there is one to take away.',
    `table ${NFT_TABLE}`,
    `delete table ${NFT_TABLE}`,
    ...table,
    '',
  ].join('\n')
}

/** IPVS looks at packets of this host later, where destinations are translated. */
const HOOK = 'type filter hook output priority mangle; policy accept;'

const WHY = `# The daemon asks each real server at the virtual addresses from source ports of its own. The mark
# has IPVS take the packet for a service that consists of that real server alone.`

function rulesFor(service: BalancedService, marked: readonly MarkedBackend[]): string[] {
  return ([4, 6] as const).flatMap((family) => {
    const addresses = service.addresses.filter((address) => address.family === family)
    if (addresses.length === 0) return []
    const to = `${family === 4 ? 'ip' : 'ip6'} daddr { ${addresses.map((address) => address.address).join(', ')} }`
    const map = marked.flatMap((markedBackend) => elementsOf(markedBackend, family)).join(', ')
    return (['udp', 'tcp'] as const).map(
      (transport) =>
        `${to} ${transport} dport ${service.port} meta mark set ${transport} sport map { ${map} }`,
    )
  })
}

function elementsOf({ ports, marks }: MarkedBackend, family: Family): string[] {
  return marks
    .filter((mark) => mark.family === family)
    .map(({ mark }) => `${ports.first}-${ports.last} : ${mark}`)
}
