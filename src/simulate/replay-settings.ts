// Settings of a command line put into a recorded config.

import { parseConfig } from '../config/parse.ts'
import { type Setting, withSettings } from '../config/settings.ts'
import { bad, good, type Reading } from '../config/text/complaint.ts'
import { formatDuration } from '../config/values/duration.ts'
import type { RecordedConfig } from '../documents/history.ts'

/** The keys of a file by what they are in a config; those that end in Ms are durations. */
const SECTIONS = {
  timing: {
    period: 'periodMs',
    late: 'lateMs',
    confirm: 'confirm',
    confirm_spread: 'confirmSpreadMs',
    max_in_flight: 'maxInFlight',
  },
  flap: {
    fall: 'fall',
    ok_after: 'okAfter',
    rise: 'rise',
    rise_holder: 'riseHolder',
    backoff_min: 'backoffMinMs',
    backoff_max: 'backoffMaxMs',
    hold_down: 'holdDownMs',
    probation: 'probationMs',
    probation_max: 'probationMaxMs',
    patience: 'patienceMs',
    patience_max: 'patienceMaxMs',
  },
  addresses: { grace: 'graceMs' },
} as const satisfies {
  readonly timing: Readonly<Record<string, keyof RecordedConfig['timing']>>
  readonly flap: Readonly<Record<string, keyof RecordedConfig['flap']>>
  readonly addresses: Readonly<Record<string, keyof RecordedConfig['addresses']>>
}

const SOME_POOL = '[pools.p.instances.i]\naddresses = ["192.0.2.53"]\n'

/** The config with these settings, judged as a file with the same values would be. */
export function changedConfig(
  config: RecordedConfig,
  settings: readonly Setting[],
): Reading<RecordedConfig> {
  for (const { path } of settings) {
    const section = SECTIONS[path[0] as keyof typeof SECTIONS] as Record<string, string> | undefined
    if (path.length === 2 && section !== undefined && Object.hasOwn(section, path[1] ?? ''))
      continue
    const hint = 'a replay can change keys of [flap] and [timing], and addresses.grace'
    return bad('E_UNKNOWN_KEY', `there is no key ${path.join('.')} to change`, hint)
  }
  const text = withSettings(`${SOME_POOL}${sectionsOf(config)}`, settings)
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
    addresses: { ...config.addresses, graceMs: addresses.graceMs },
  })
}

function sectionsOf(config: RecordedConfig): string {
  return Object.entries(SECTIONS)
    .map(([section, keys]) => {
      const values = config[section as keyof typeof SECTIONS] as unknown as Record<string, number>
      const lines = Object.entries(keys).map(([key, field]) => {
        const value = values[field] ?? 0
        return `${key} = ${field.endsWith('Ms') ? `"${formatDuration(value)}"` : value}`
      })
      return `[${section}]\n${lines.join('\n')}\n`
    })
    .join('')
}
