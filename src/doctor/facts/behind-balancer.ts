// Whether this host is a real server behind a load balancer: its addresses stand, and nobody elects it.
import { fact, type Host } from '../host.ts'
import { configFact } from './config.ts'
import { renderedConfFact } from './keepalived-conf.ts'
import { keepalivedFact } from './keepalived-process.ts'
import { unitFact } from './unit.ts'

/**
 * Why neither keepalived nor an order is wanted here, or null. Nothing may point at a keepalived that
 * is only broken: no [keepalived] in the configuration, no file of its own, no process, no unit that
 * boot would start.
 */
export const behindBalancerFact = fact(async (host): Promise<string | null> => {
  const reading = await configFact(host)
  if (reading.kind !== 'config' || !reading.config.addresses.standing) return null
  const rendered = await renderedConfFact(host)
  if (rendered.kind === 'rendered' || rendered.isWanted) return null
  const file = host.inspect.stat(host.paths.keepalivedConf)
  if (file.ok || file.why !== 'missing') return null
  if ((await keepalivedFact(host)).kind === 'running') return null
  if (await isEnabled(host)) return null
  return 'the service addresses stand here without keepalived, as on a real server behind a load balancer'
})

/** Where the unit cannot be looked at, nothing is known of it. */
async function isEnabled(host: Host): Promise<boolean> {
  const unit = await unitFact(host, 'keepalived.service')
  return unit.kind === 'unit' && unit.properties.get('UnitFileState') === 'enabled'
}
