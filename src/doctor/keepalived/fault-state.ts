// Instances in FAULT, and why.
import type { Config } from '../../config/config.ts'
import { FAULT_VALUE } from '../../core/priority.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'
import { keepalivedCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { isUp, type Link, linkNamed, linksFact } from '../facts/ip-links.ts'
import { configFact, instancesIn } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'
import { carriers } from './carriers.ts'
import { instancesFact, withExcluded } from './json-dump.ts'
import { trackFileNumber } from './published.ts'
import { log } from './service.ts'
import { SYNC } from './silent-misconfig.ts'
import { SOURCE } from './source-address.ts'

export const FAULT = keepalivedCheck({
  code: 'H223',
  title: 'No instance is in FAULT unless it was ordered',
  severity: 'fail',
  explainedBy: [SYNC, SOURCE],
  needs: { config: configFact, instances: instancesFact },
  async judge({ config, instances }, host) {
    const faulty = instances.filter((instance) => instance.state === 'fault')
    if (faulty.length === 0)
      return ok(instances.map((instance) => `${instance.name} ${instance.state}`).join(', '))
    const ordered = faulty.filter((instance) => isOrdered(instance, config, host))
    if (ordered.length === faulty.length) {
      return ok(`isolated on purpose: ${ordered.map((instance) => instance.name).join(', ')}`)
    }
    const links = await linksFact(host)
    if (isSkip(links)) return links
    const strange = faulty.filter((instance) => !ordered.includes(instance))
    const down = strange.find((instance) => isDown(links, instance.interface))
    if (down !== undefined && strange.every((instance) => isDown(links, instance.interface))) {
      return skip(`${down.interface} is down or gone, which the checks of the network tell`)
    }
    const names = strange.map((instance) => instance.name).join(', ')
    return trouble(
      `${names} is in FAULT, and nobody ordered it.`,
      strange.flatMap((instance) => whyFault(instance, links)),
      [
        await log(host),
        ...[...new Set(strange.flatMap((name) => name.trackedInterfaces))].flatMap((name) =>
          bringUp(links, name),
        ),
      ],
    )
  },
})

function isOrdered(running: RunningInstance, config: Config, host: Host): boolean {
  const instances = instancesIn(config)
  const own = instances.filter((instance) => carriers(instance, [withExcluded(running)]).length > 0)
  return own.some(({ name }) => {
    const read = host.inspect.text(`${config.paths.runDir}/priority/${name}`)
    return read.ok && trackFileNumber(read.value) === FAULT_VALUE
  })
}

/** One that is up and has no carrier cannot be helped from here. */
function bringUp(links: readonly Link[], name: string): string[] {
  const flags = linkNamed(links, name)?.flags ?? []
  if (!flags.includes('UP')) return [shell`ip link set ${name} up`]
  if (flags.includes('LOWER_UP')) return []
  return [`Give ${name} a carrier: look at its cable, and at the port at the other end.`]
}

function isDown(links: readonly Link[], name: string | null): boolean {
  const link = linkNamed(links, name)
  return link === undefined || !isUp(link)
}

function whyFault(running: RunningInstance, links: readonly Link[]): string[] {
  const { name, interface: own, trackedInterfaces } = running
  const interfaces = [...(own === null ? [] : [own]), ...trackedInterfaces]
  return [
    `keepalived: ${name} is in FAULT on ${own ?? 'an interface that is not there'}`,
    ...interfaces.map((text) => describe(links, text)),
    ...running.scripts.map((script) => `it tracks ${script}`),
  ]
}

function describe(links: readonly Link[], name: string): string {
  const link = linkNamed(links, name)
  return link === undefined ? `${name} is not there` : `${name}: ${link.flags.join(',')}`
}
