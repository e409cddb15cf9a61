// The commands that configure a host, run there, or try a configuration out beforehand; see operating-definitions.ts.
import type { CommandDefinition } from '../cli/command.ts'
import {
  CONFIG_FLAG,
  DEFAULT_CONFIG,
  JSON_FLAG,
  RUN_DIR_FLAG,
  STATE_DIR_FLAG,
} from '../cli/flags.ts'

export const CONFIG_CHECK = {
  words: ['config', 'check'],
  group: 'configure',
  summary: 'Validate a configuration file',
  flags: {
    json: { kind: 'switch', text: 'print errors as a JSON document' },
  },
  operands: [{ name: 'FILE', text: `the file (default: ${DEFAULT_CONFIG})`, required: false }],
  examples: [
    { command: 'holdfast config check ./holdfast.toml', text: 'check a file before installing it' },
    { command: 'holdfast --check-config ./holdfast.toml', text: 'the same' },
  ],
  exits: [
    { code: '0', text: 'valid' },
    { code: '1', text: 'file cannot be read' },
    { code: '2', text: 'file has errors' },
  ],
} as const satisfies CommandDefinition

export const DAEMON = {
  words: ['daemon'],
  group: 'run',
  summary: 'Run the health-check daemon (started by systemd)',
  flags: { config: CONFIG_FLAG },
  operands: [],
  examples: [
    { command: 'holdfast daemon --config ./holdfast.toml', text: 'run in the foreground' },
  ],
  exits: [
    { code: '0', text: 'stopped by SIGTERM or SIGINT' },
    { code: '1', text: 'startup failed, or another instance is running' },
    { code: '2', text: 'configuration error' },
  ],
} as const satisfies CommandDefinition

export const RENDER_CONFIG = {
  words: ['render-config'],
  group: 'configure',
  summary: 'Generate configuration for keepalived, BIND and sysctl',
  flags: {
    config: CONFIG_FLAG,
    output: { kind: 'value', value: 'FILE', text: 'validate, then write to FILE' },
    diff: { kind: 'switch', text: 'show differences from the installed file (or --output FILE)' },
    check: { kind: 'switch', text: 'exit 1 if the installed file differs; print nothing' },
  },
  operands: [
    {
      name: 'KIND',
      text: 'bind, bind-listen, bind-exempt, bind-zone, sysctl, loopback,\nnft, all (else keepalived)',
      required: false,
      choices: [
        'keepalived',
        'bind',
        'bind-listen',
        'bind-exempt',
        'bind-zone',
        'sysctl',
        'loopback',
        'nft',
        'all',
      ],
    },
  ],
  examples: [
    { command: 'holdfast render-config', text: 'print keepalived.conf' },
    { command: 'holdfast render-config all --diff', text: 'compare with the installed files' },
  ],
  exits: [
    { code: '0', text: 'generated and validated (with --diff/--check: no difference)' },
    { code: '1', text: 'not generated or written (with --diff/--check: a difference)' },
    { code: '2', text: 'configuration error (with --diff/--check: any other error)' },
  ],
} as const satisfies CommandDefinition

export const NOTIFY = {
  words: ['notify'],
  group: 'run',
  summary: 'Queue a keepalived state change (called by keepalived)',
  flags: {
    fifo: {
      kind: 'value',
      value: 'PATH',
      text: "read state changes from keepalived's FIFO until SIGTERM",
    },
    'state-dir': { ...STATE_DIR_FLAG, text: 'directory of the spool' },
    'run-dir': RUN_DIR_FLAG,
  },
  operands: [
    {
      name: 'SUBJECT',
      text: 'INSTANCE or GROUP',
      required: false,
      choices: ['INSTANCE', 'GROUP'],
    },
    { name: 'NAME', text: 'name of the instance or sync group', required: false },
    {
      name: 'STATE',
      text: 'MASTER, BACKUP, FAULT, STOP or DELETED',
      required: false,
      choices: ['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'],
    },
    { name: 'PRIORITY', text: 'the effective priority', required: false },
  ],
  examples: [
    { command: 'holdfast notify INSTANCE recdns0 FAULT 0', text: 'send a test notification' },
    { command: 'notify "/usr/local/bin/holdfast notify"', text: 'in keepalived.conf' },
  ],
  exits: [
    { code: '0', text: 'event stored' },
    { code: '1', text: 'event could not be stored' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition

export const SIMULATE = {
  words: ['simulate'],
  group: 'configure',
  summary: 'Simulate failover policies, or replay recorded history',
  flags: {
    config: { kind: 'value', value: 'FILE', text: 'configuration of the holdfast policy' },
    set: { kind: 'value', value: 'KEY=VALUE,...', text: 'also run holdfast with these settings' },
    policy: { kind: 'value', value: 'NAME,...', text: 'run only these policies (default: all)' },
    servers: { kind: 'value', value: 'N', text: 'number of servers', default: '3' },
    hours: { kind: 'value', value: 'H', text: 'simulated hours per run', default: '4' },
    after: { kind: 'value', value: 'TIME', text: 'start measuring after TIME', default: '1m' },
    runs: { kind: 'value', value: 'R', text: 'runs per policy', default: '3' },
    seed: { kind: 'value', value: 'TEXT', text: 'random seed', default: '1' },
    jobs: { kind: 'value', value: 'J', text: 'parallel processes (default: one per CPU)' },
    vrrp: {
      kind: 'value',
      value: 'V',
      text: 'VRRP version, 2 or 3',
      default: '3',
      choices: ['2', '3'],
    },
    advert: {
      kind: 'value',
      value: 'TIME',
      text: 'advertisement interval (default: 100ms; 1s for version 2)',
    },
    json: JSON_FLAG,
    csv: { kind: 'switch', text: 'print comma-separated values' },
    svg: {
      kind: 'value',
      value: 'FILE',
      text: 'draw results to FILE, and one run to FILE-timeline',
    },
    replay: {
      kind: 'value',
      value: 'FILE',
      text: 'replay a recorded history, with the settings of --set',
    },
    list: { kind: 'switch', text: 'list scenarios and policies' },
  },
  operands: [
    {
      name: 'SCENARIO',
      text: 'scenario names or TOML files (default: curve)',
      required: false,
      repeated: true,
    },
  ],
  examples: [
    { command: 'holdfast simulate crash mixed', text: 'two scenarios' },
    {
      command: 'holdfast simulate --replay FILE --set flap.backoff_hold=10s',
      text: 'what if?',
    },
  ],
  exits: [
    { code: '0', text: 'success' },
    { code: '1', text: 'file could not be read or written' },
    { code: '2', text: 'wrong usage, or errors in a file' },
  ],
} as const satisfies CommandDefinition

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export const COMPLETION = {
  words: ['completion'],
  group: 'configure',
  summary: 'Generate shell completions',
  flags: {},
  operands: [{ name: 'SHELL', text: '"bash", "zsh" or "fish"', required: true, choices: SHELLS }],
  examples: [
    { command: 'holdfast completion zsh > _holdfast', text: 'in a directory of $fpath' },
    { command: 'source <(holdfast completion bash)', text: 'in ~/.bashrc' },
    { command: 'holdfast completion fish | source', text: 'in config.fish' },
  ],
  exits: [
    { code: '0', text: 'success' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition
