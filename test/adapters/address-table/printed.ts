// What the tests of addresses begin with, and look for in the lines of the follower.
import type { LocalAddress } from '../../../src/core/check.ts'
import type { Printed } from './follower.ts'

/** `ip` commands for an interface `d0` that is up. */
export const ONE = ['link add d0 type veth peer name e0', 'link set d0 up', 'link set e0 up']

export function find(line: Printed, address: string, name?: string): LocalAddress | undefined {
  const table = (line.table ?? line.change)?.addresses ?? []
  return table.find(
    (localAddress) =>
      localAddress.address === address &&
      (name ?? localAddress.interface) === localAddress.interface,
  )
}

export const has = (address: string, name?: string) => (line: Printed) =>
  line.change !== undefined && find(line, address, name) !== undefined

export const removes = (address: string) => (line: Printed) =>
  line.change?.removed.some((gone) => gone.address === address) === true
