// What of a keepalived.conf, or of what runs, carries an instance of holdfast's.
import type { InstanceConfig } from '../../config/config.ts'
import type { InstanceBlock } from '../facts/keepalived-model.ts'

/**
 * The vrrp_instances that carry an instance of holdfast's: by its name, or by one of its addresses.
 * One whose families have elections of their own has two.
 */
export function carriers<
  T extends { readonly name: string; readonly addresses: readonly string[] },
>(instance: InstanceConfig, all: readonly T[]): readonly T[] {
  const names = [instance.name, `${instance.name}-v4`, `${instance.name}-v6`]
  return all.filter(
    (entry) =>
      names.includes(entry.name) || entry.addresses.some((own) => instance.addresses.includes(own)),
  )
}

/** A block with its addresses as plain text, those that only move along included. */
export function withAddresses(block: InstanceBlock) {
  const addresses = [...block.addresses, ...block.excluded].map((address) => address.name)
  return { name: block.name, addresses, block }
}
