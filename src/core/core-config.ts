// What of a configuration the core goes by.
import type { Config, RequiredGroupConfig, UpstreamGroupConfig } from '../config/config.ts'
import type { Source } from './check.ts'

/** Any `Config` is one; a load balancer's own groups may count real servers instead of asking DNS. */
export interface CoreConfig
  extends Pick<Config, 'server' | 'clusters' | 'addresses' | 'timing' | 'flap'> {
  readonly groups: readonly (RequiredConfig | UpstreamConfig)[]
}

export type RequiredConfig = WithSources<RequiredGroupConfig>
export type UpstreamConfig = WithSources<UpstreamGroupConfig>

type WithSources<Group> = Omit<Group, 'probes'> & { readonly probes: readonly Source[] }

export function upstreamGroups({ groups }: CoreConfig): UpstreamConfig[] {
  return groups.filter((group) => group.kind === 'upstream')
}

export function requiredGroups({ groups }: CoreConfig): RequiredConfig[] {
  return groups.filter((group) => group.kind === 'required')
}
