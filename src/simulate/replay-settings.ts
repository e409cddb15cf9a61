// Settings of a command line put into a recorded config.

import { addressesTable, flapTable, timingTable } from '../config/checks-table.ts'
import { type Keys, propertyOf } from '../config/key.ts'
import { parseConfig } from '../config/parse.ts'
import { type Setting, withSettings } from '../config/settings.ts'
import { bad, good, type Reading } from '../config/text/complaint.ts'
import { formatDuration } from '../config/values/duration.ts'
import type { RecordedConfig } from '../documents/history-lines.ts'

/** What a replay can change. */
const SECTIONS = {
  timing: timingTable.keys,
  flap: flapTable.keys,
  addresses: { new_address_grace: addressesTable.keys.new_address_grace },
}

const SOME_CLUSTER = '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n'

/** The config with these settings, judged as a file with the same values would be. */
export function changedConfig(
  config: RecordedConfig,
  settings: readonly Setting[],
): Reading<RecordedConfig> {
  for (const { path } of settings) {
    const [section = '', name = ''] = path
    const keys: Keys = (SECTIONS as Record<string, Keys | undefined>)[section] ?? {}
    if (path.length === 2 && Object.hasOwn(keys, name)) continue
    const hint = 'a replay can change keys of [flap] and [timing], and addresses.new_address_grace'
    return bad('E_UNKNOWN_KEY', `there is no key ${path.join('.')} to change`, hint)
  }
  const text = withSettings(`${SOME_CLUSTER}${sectionsOf(config)}`, settings)
  if (!text.ok) return text
  const parsed = parseConfig(text.value, { file: '--set', hostname: 'replay' })
  if (!parsed.ok) {
    const [first] = parsed.diagnostics
    return bad('E_RANGE', first?.text ?? 'not a config', first?.hint ?? 'see holdfast config check')
  }
  const { timing, flap, addresses } = parsed.value
  return good({
    ...config,
    timing,
    flap,
    addresses: { ...config.addresses, newAddressGraceMs: addresses.newAddressGraceMs },
  })
}

function sectionsOf(config: RecordedConfig): string {
  return Object.entries<Keys>(SECTIONS)
    .map(([section, keys]) => {
      const values = config[section as keyof typeof SECTIONS] as unknown as Record<string, number>
      const lines = Object.entries(keys).map(([name, key]) => {
        const property = propertyOf(name, key)
        const value = values[property] ?? 0
        return `${name} = ${property.endsWith('Ms') ? `"${formatDuration(value)}"` : value}`
      })
      return `[${section}]\n${lines.join('\n')}\n`
    })
    .join('')
}
