// The installed keepalived.conf that checks look into, or why they cannot.

import type { InstanceConfig } from '../../config/config.ts'
import { type Finding, skip } from '../check.ts'
import { installedConfFact } from '../facts/keepalived-conf.ts'
import type { InstanceBlock, Model } from '../facts/keepalived-model.ts'
import type { Host } from '../host.ts'

/** What `look` makes of the installed file. */
export async function inConf(
  host: Host,
  look: (model: Model) => Finding | Promise<Finding>,
): Promise<Finding> {
  const installed = await installedConfFact(host)
  if (installed.kind === 'installed') return look(installed.model)
  if (installed.why === 'missing') return skip('there is no keepalived.conf: H204')
  return skip(installed.why === 'denied' ? `needs root: ${installed.error}` : installed.error)
}

/**
 * The vrrp_instances that carry an instance of holdfast's: by its name, or by one of its addresses.
 * One whose families have elections of their own has two.
 */
export function carriers<
  T extends { readonly name: string; readonly addresses: readonly string[] },
>(instance: InstanceConfig, all: readonly T[]): readonly T[] {
  const names = [instance.name, `${instance.name}-v4`, `${instance.name}-v6`]
  return all.filter(
    (it) => names.includes(it.name) || it.addresses.some((own) => instance.addresses.includes(own)),
  )
}

/** A block with its addresses as plain text, those that only move along included. */
export function withAddresses(block: InstanceBlock) {
  const addresses = [...block.addresses, ...block.excluded].map((it) => it.name)
  return { name: block.name, addresses, block }
}
