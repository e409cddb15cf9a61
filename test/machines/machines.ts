// Booted Debian machines on a switch of their own: the one call that tests make.
import { createFleet, type Fleet } from './fleet.ts'
import { type Suite, suiteIn } from './images.ts'
import { createMachine, type Layer, type Machine } from './machine.ts'

export interface MachinesOptions {
  /** Their host names; the first is 192.0.2.11 and 2001:db8::11, the second .12 and so on. */
  readonly names: readonly string[]
  /** `base` is a bare Debian host; `ready` has named, keepalived and tools for tests on it. */
  readonly layer: Layer
  /** The release of Debian that each has; left out, that of HOLDFAST_MACHINES_SUITE, else Debian 12. */
  readonly suiteOf?: (name: string) => Suite
  /** Folders of disks that were saved, the uppermost first, for a machine that is to go on from there. */
  readonly above?: (name: string) => readonly string[]
  /** Starts what is to be on the switch before they boot. */
  readonly before?: (fleet: Fleet) => Promise<unknown>
}

export interface Machines {
  readonly all: readonly Machine[]
  readonly fleet: Fleet
  machine(name: string): Machine
  /** The consoles' last lines: for a test that fails. */
  story(): string
  /** Ends every process, and with them every namespace, address, mount and control group. */
  destroy(): Promise<void>
}

/** Boots machines at once, and returns when systemd has started everything on all of them. */
export async function createMachines(options: MachinesOptions): Promise<Machines> {
  const { names, layer, above } = options
  const suiteOf = options.suiteOf ?? (() => suiteIn('HOLDFAST_MACHINES_SUITE') ?? 'bookworm')
  const fleet = await createFleet(new Set(names.map(suiteOf)))
  try {
    await options.before?.(fleet)
    const specs = names.map((name, index) => {
      return { name, index, layer, suite: suiteOf(name), above: above?.(name) }
    })
    const all = await Promise.all(specs.map((spec) => createMachine(fleet, spec)))
    await Promise.all(all.map((machine) => machine.boot()))
    return {
      all,
      fleet,
      machine(name) {
        const found = all.find((machine) => machine.name === name)
        if (found === undefined) throw new Error(`no machine ${name} here`)
        return found
      },
      story: () => all.map((machine) => machine.console.tail(40)).join('\n'),
      destroy: () => fleet.destroy(),
    }
  } catch (error) {
    await fleet.destroy()
    throw error
  }
}
