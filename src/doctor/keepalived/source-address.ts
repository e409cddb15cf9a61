// The address that an instance speaks from: whether this host has it.

import type { Config } from '../../config/config.ts'
import { canonicalAddress } from '../../config/values/ip.ts'
import { keepalivedCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { linksFact } from '../facts/ip-links.ts'
import { modelFact } from '../facts/keepalived-conf.ts'
import type { InstanceBlock } from '../facts/keepalived-model.ts'
import { configFact } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { reload, renderAgain } from './service.ts'

export const SOURCE = keepalivedCheck({
  code: 'H227',
  title: 'Every instance speaks from an address of this host',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model: { instances } }, host) {
    const told = instances.filter((instance) => instance.source !== null)
    if (told.length === 0) return skip('no instance names the address that it speaks from')
    const links = await linksFact(host)
    if (isSkip(links)) return links
    const here = new Set(links.flatMap((link) => link.addresses).map((address) => address.address))
    const astray = told.flatMap(({ name, source }) => {
      const address = canonicalAddress(source?.name ?? '') ?? ''
      return source === null || here.has(address) ? [] : [{ name, source }]
    })
    if (astray.length === 0)
      return ok([...new Set(told.map((instance) => instance.source?.name ?? ''))].join(', '))
    const addresses = [...new Set(astray.map((instance) => instance.source.name))].join(', ')
    return trouble(
      `${astray.map((instance) => instance.name).join(', ')} shall speak from ${addresses}, which this host does not have.`,
      astray.map(({ source }) => `${source.at}: ${source.keyword} ${source.name}`),
      await remedies(
        host,
        addresses,
        astray.map((instance) => instance.source),
      ),
    )
  },
})

/** Rendered lines have the address from the configuration, and others from whoever wrote them. */
async function remedies(
  host: Host,
  addresses: string,
  sources: readonly NonNullable<InstanceBlock['source']>[],
): Promise<readonly string[]> {
  const config = await configFact(host)
  const show = 'ip -brief address'
  const entry = isSkip(config) ? undefined : ownEntry(config)
  const isRendered = sources.some(({ name }) =>
    entry?.addresses.some((address) => address.address === canonicalAddress(name)),
  )
  if (entry === undefined || !isRendered)
    return [
      show,
      `Write an address of this host in place of ${addresses}, or take the line out, then:`,
      await reload(host),
    ]
  return [
    show,
    `Write this host's own address in place of ${addresses} under [servers.${entry.name}] in ${host.paths.configFile}, on all servers, then:`,
    ...(await renderAgain(host)),
  ]
}

function ownEntry({ server, servers }: Config) {
  return servers.find((serverAddresses) => serverAddresses.name === server.name)
}
