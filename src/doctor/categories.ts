// How a check of each category is written, and what all checks of a category need.
import { checksOf, isSkip, type Skip, skip } from './doctor-check.ts'
import { installedReadingFact, renderedFact } from './facts/keepalived-conf.ts'
import { keepalivedFact } from './facts/keepalived-program.ts'
import { balancerFact, configFact, noBalancerFact } from './facts/loaded-config.ts'
import { unitProperty } from './facts/systemd-unit.ts'
import { fact, type Host } from './host.ts'

/**
 * That servers are elected here, or why neither keepalived nor an order is wanted. Nothing may point
 * at a keepalived that is only broken: no [keepalived] in the configuration, no file of its own, no
 * process, no unit that boot would start.
 */
export const electedFact = fact(async (host): Promise<true | Skip> => {
  const config = await configFact(host)
  if (isSkip(config)) return true
  if (config.server.shadow && !(await isRendered(host)))
    return skip('shadow mode: keepalived does not use the priorities of holdfast yet')
  if (!config.addresses.serviceAddressesOnLoopback) return true
  const rendered = await renderedFact(host)
  if (!isSkip(rendered) || rendered.isWanted) return true
  const file = host.inspect.stat(host.paths.keepalivedConf)
  if (file.ok || file.why !== 'missing') return true
  if ((await keepalivedFact(host)).kind === 'running') return true
  if (await isEnabled(host)) return true
  return skip('keepalived is not used here, as on a real server behind a load balancer')
})

/** Whether the installed file is one that `render-config` made, so that keepalived does use them. */
async function isRendered(host: Host): Promise<boolean> {
  const installed = await installedReadingFact(host)
  return installed.ok && isRendering(installed.value.text)
}

export function isRendering(text: string): boolean {
  return text.startsWith(RENDERED_BY)
}

const RENDERED_BY = '# Rendered by "holdfast render-config"'

/** Where the unit cannot be looked at, nothing is known of it. */
async function isEnabled(host: Host): Promise<boolean> {
  return (await unitProperty(host, 'keepalived.service', 'UnitFileState')) === 'enabled'
}

export const holdfastCheck = checksOf('holdfast', {})
export const keepalivedCheck = checksOf('keepalived', { elected: electedFact })
export const vrrpCheck = checksOf('vrrp', { elected: electedFact })
export const bindCheck = checksOf('bind', { noBalancer: noBalancerFact })
export const networkCheck = checksOf('network', {})
export const balancerCheck = checksOf('balancer', { config: configFact, balancer: balancerFact })
