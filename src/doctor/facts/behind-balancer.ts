// Whether this host is a real server behind a load balancer: its addresses stand, and nobody elects it.
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'
import { renderedFact } from './keepalived-conf.ts'
import { keepalivedFact } from './keepalived-program.ts'
import { configFact } from './loaded-config.ts'
import { unitProperty } from './systemd-unit.ts'

/**
 * That servers are elected here, or why neither keepalived nor an order is wanted. Nothing may point
 * at a keepalived that is only broken: no [keepalived] in the configuration, no file of its own, no
 * process, no unit that boot would start.
 */
export const electedFact = fact(async (host): Promise<true | Skip> => {
  const config = await configFact(host)
  if (isSkip(config) || !config.addresses.standing) return true
  const rendered = await renderedFact(host)
  if (!isSkip(rendered) || rendered.isWanted) return true
  const file = host.inspect.stat(host.paths.keepalivedConf)
  if (file.ok || file.why !== 'missing') return true
  if ((await keepalivedFact(host)).kind === 'running') return true
  if (await isEnabled(host)) return true
  return skip(
    'the service addresses stand here without keepalived, as on a real server behind a load balancer',
  )
})

/** Where the unit cannot be looked at, nothing is known of it. */
async function isEnabled(host: Host): Promise<boolean> {
  return (await unitProperty(host, 'keepalived.service', 'UnitFileState')) === 'enabled'
}
