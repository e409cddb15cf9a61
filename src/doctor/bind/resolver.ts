// Which DNS server this host itself asks.
import { canonicalAddress } from '../../config/values/ip.ts'
import { bindCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { configFact, serviceAddressesIn } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'

export const RESOLVER = bindCheck({
  code: 'H415',
  title: 'resolv.conf does not use our service addresses',
  severity: 'warn',
  needs: { config: configFact },
  judge({ config }, host) {
    const first = nameserversIn(host, RESOLV_CONF)
    if (first === null) return skip(`${RESOLV_CONF} is not readable`)
    const isStub = first.some(({ address }) => STUBS.includes(address))
    const behind = isStub ? nameserversIn(host, RESOLVED_CONF) : []
    const all = [...first, ...(behind ?? [])]
    const services = serviceAddressesIn(config)
    const own = all.filter(({ address }) => services.has(address))
    const [worst] = own
    if (worst === undefined)
      return ok(all.map((nameserver) => nameserver.address).join(', ') || 'no nameserver')
    return trouble(
      `resolv.conf uses ${worst.address}, a service address that this server may hold itself`,
      own.map((nameserver) => nameserver.line),
      [
        `resolvectl status || cat ${RESOLV_CONF}`,
        '# Replace it with the own addresses of other servers.',
      ],
    )
  },
})

const RESOLV_CONF = '/etc/resolv.conf'
const RESOLVED_CONF = '/run/systemd/resolve/resolv.conf'
/** The stub of systemd-resolved, and the one of it that adds nothing (systemd-resolved(8)). */
const STUBS = ['127.0.0.53', '127.0.0.54']

interface Nameserver {
  readonly address: string
  readonly line: string
}

function nameserversIn({ inspect }: Host, path: string): readonly Nameserver[] | null {
  const read = inspect.text(path)
  if (!read.ok) return null
  return parseNameservers(read.value).map((one) => ({ ...one, line: `${path}:${one.line}` }))
}

/** The nameservers of a resolv.conf (resolv.conf(5)); a line's number stands before its text. */
export function parseNameservers(text: string): readonly Nameserver[] {
  return text.split('\n').flatMap((line, index) => {
    const word = /^nameserver\s+(\S+)/.exec(line)?.[1]
    if (word === undefined) return []
    return [{ address: canonicalAddress(word) ?? word, line: `${index + 1}: ${line.trim()}` }]
  })
}
