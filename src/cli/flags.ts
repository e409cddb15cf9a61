// Flags that several subcommands have, and where things are by default.

export const DEFAULT_CONFIG = '/etc/holdfast/holdfast.toml'
const DEFAULT_RUN_DIR = '/run/holdfast'
const DEFAULT_STATE_DIR = '/var/lib/holdfast'

export const CONFIG_FLAG = {
  kind: 'value',
  value: 'FILE',
  text: 'configuration',
  default: DEFAULT_CONFIG,
} as const

export const RUN_DIR_FLAG = {
  kind: 'value',
  value: 'DIR',
  text: 'directory of status.json',
  default: DEFAULT_RUN_DIR,
} as const

export const STATE_DIR_FLAG = {
  kind: 'value',
  value: 'DIR',
  text: 'directory of the persistent state',
  default: DEFAULT_STATE_DIR,
} as const

export const JSON_FLAG = { kind: 'switch', text: 'print a JSON document' } as const
