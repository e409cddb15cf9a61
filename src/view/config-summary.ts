// What a configuration means, in one line.
import type { Config } from '../config/config.ts'
import { durationText } from '../documents/text.ts'

/** "server dns1, 1 cluster (recdns: recdns0, recdns1), 2 required probes, check cycle every 1 s". */
export function configSummary(config: Config): string {
  const clusters = config.clusters.map(({ name, instances }) => {
    return `${name}: ${instances.map((instance) => instance.name).join(', ')}`
  })
  const probes = (kind: 'required' | 'upstream') =>
    config.groups
      .filter((group) => group.kind === kind)
      .reduce((sum, group) => sum + group.probes.length, 0)
  const upstream = probes('upstream')
  return [
    `server ${config.server.name}`,
    `${count(clusters.length, 'cluster')} (${clusters.join('; ')})`,
    count(probes('required'), 'required probe'),
    ...(upstream === 0 ? [] : [count(upstream, 'upstream probe')]),
    `check cycle every ${durationText(config.timing.checkIntervalMs)}`,
    config.addresses.serviceAddressesOnLoopback
      ? 'loopback service addresses'
      : 'no loopback service addresses',
  ].join(', ')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
