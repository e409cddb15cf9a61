// The definitions of what sets a host up, runs there, or is tried out beforehand; see operating-definitions.ts.
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
  summary: 'Check a configuration file and say what it means',
  flags: {
    json: { kind: 'switch', text: 'print the findings as a JSON document' },
  },
  operands: [{ name: 'FILE', text: `the file (default: ${DEFAULT_CONFIG})`, required: false }],
  examples: [
    { command: 'holdfast config check ./holdfast.toml', text: 'check a file before installing it' },
    { command: 'holdfast --check-config ./holdfast.toml', text: 'the same' },
  ],
  exits: [
    { code: '0', text: 'valid' },
    { code: '1', text: 'the file cannot be read' },
    { code: '2', text: 'the file has errors' },
  ],
} as const satisfies CommandDefinition

export const DAEMON = {
  words: ['daemon'],
  summary: 'Watch this server and publish what it is worth',
  flags: { config: CONFIG_FLAG },
  operands: [],
  examples: [
    { command: 'holdfast daemon --config ./holdfast.toml', text: 'run in the foreground' },
  ],
  exits: [
    { code: '0', text: 'stopped by SIGTERM or SIGINT' },
    { code: '1', text: 'could not start, or another daemon runs here' },
    { code: '2', text: 'the configuration has errors' },
  ],
} as const satisfies CommandDefinition

export const RENDER_CONFIG = {
  words: ['render-config'],
  summary: 'Render what keepalived, named and the kernel need to be told',
  flags: {
    config: CONFIG_FLAG,
    output: { kind: 'value', value: 'FILE', text: 'write there, once it has passed its test' },
    diff: { kind: 'switch', text: 'show what differs from what is installed, or from FILE' },
    check: { kind: 'switch', text: 'the same by exit code alone; neither of them writes' },
  },
  operands: [
    {
      name: 'KIND',
      text: 'bind, bind-listen, bind-exempt, bind-zone, sysctl, standing,\nnft, all; else keepalived',
      required: false,
      choices: [
        'keepalived',
        'bind',
        'bind-listen',
        'bind-exempt',
        'bind-zone',
        'sysctl',
        'standing',
        'nft',
        'all',
      ],
    },
  ],
  examples: [
    { command: 'holdfast render-config', text: 'look at keepalived.conf' },
    { command: 'holdfast render-config all --diff', text: 'compare with what is installed' },
  ],
  exits: [
    { code: '0', text: 'rendered and accepted; with --diff or --check: nothing differs' },
    { code: '1', text: 'something failed; with --diff or --check: something differs' },
    { code: '2', text: 'errors in the configuration; with those two: any other trouble' },
  ],
} as const satisfies CommandDefinition

export const NOTIFY = {
  words: ['notify'],
  summary: "Note a transition of keepalived's, which the daemon then tells",
  flags: {
    fifo: { kind: 'value', value: 'PATH', text: "read keepalived's FIFO until SIGTERM instead" },
    'state-dir': { ...STATE_DIR_FLAG, text: 'where the spool is' },
    'run-dir': RUN_DIR_FLAG,
  },
  operands: [
    {
      name: 'SUBJECT',
      text: 'INSTANCE or GROUP',
      required: false,
      choices: ['INSTANCE', 'GROUP'],
    },
    { name: 'NAME', text: "the instance's or group's name", required: false },
    {
      name: 'STATE',
      text: 'MASTER, BACKUP, FAULT, STOP or DELETED',
      required: false,
      choices: ['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'],
    },
    { name: 'PRIORITY', text: 'the effective priority', required: false },
  ],
  examples: [
    { command: 'holdfast notify INSTANCE recdns0 FAULT 0', text: 'try out what is told' },
    { command: 'notify "/usr/local/bin/holdfast notify"', text: 'in keepalived.conf' },
  ],
  exits: [
    { code: '0', text: 'noted, on disk' },
    { code: '1', text: 'could not be noted' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition

export const SIMULATE = {
  words: ['simulate'],
  summary: 'Try policies out on simulated servers or a recorded night',
  flags: {
    config: { kind: 'value', value: 'FILE', text: 'the configuration of the holdfast policy' },
    set: { kind: 'value', value: 'KEY=VALUE,...', text: 'a second holdfast with keys changed' },
    policy: { kind: 'value', value: 'NAME,...', text: 'only these policies (default: all)' },
    servers: { kind: 'value', value: 'N', text: 'how many servers', default: '3' },
    hours: { kind: 'value', value: 'H', text: 'how long a run lasts', default: '4' },
    after: { kind: 'value', value: 'TIME', text: 'when measuring begins', default: '1m' },
    runs: { kind: 'value', value: 'R', text: 'runs of each policy', default: '3' },
    seed: { kind: 'value', value: 'TEXT', text: 'decides all that is random', default: '1' },
    jobs: { kind: 'value', value: 'J', text: 'processes (default: one a processor)' },
    vrrp: {
      kind: 'value',
      value: 'V',
      text: 'VRRP version, 2 or 3',
      default: '3',
      choices: ['2', '3'],
    },
    advert: { kind: 'value', value: 'TIME', text: 'advert interval (default: 100ms, 1s for V 2)' },
    json: JSON_FLAG,
    csv: { kind: 'switch', text: 'print comma-separated values' },
    svg: { kind: 'value', value: 'FILE', text: 'draw FILE, and a run in FILE-timeline' },
    replay: { kind: 'value', value: 'FILE', text: 'run a recorded history through --set instead' },
    list: { kind: 'switch', text: 'list the scenarios and policies' },
  },
  operands: [
    {
      name: 'SCENARIO',
      text: 'names of scenarios, or TOML files (default: curve)',
      required: false,
      repeated: true,
    },
  ],
  examples: [
    { command: 'holdfast simulate crash mixed', text: 'two scenarios' },
    {
      command: 'holdfast simulate --replay FILE --set flap.hold_down=10s',
      text: 'what if?',
    },
  ],
  helpRows: [
    { flags: ['policy', 'list'], text: 'only these policies; list them and the scenarios' },
    { flags: ['servers', 'hours'], text: 'how many (3), and how long a run lasts (4)' },
    { flags: ['runs', 'jobs'], text: 'runs of each policy (3), and processes for them' },
    { flags: ['seed', 'after'], text: 'decides what is random (1); begin to measure (1m)' },
    { flags: ['vrrp', 'advert'], text: 'VRRP version, 2 or 3 (3), and its advert interval' },
    { flags: ['json', 'csv', 'svg'], text: 'print a document, a table, or draw pictures' },
  ],
  exits: [
    { code: '0', text: 'done' },
    { code: '1', text: 'a file could not be read or written' },
    { code: '2', text: 'wrong usage, or errors in a file' },
  ],
} as const satisfies CommandDefinition

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export const COMPLETION = {
  words: ['completion'],
  summary: "Print what makes a shell complete holdfast's words",
  flags: {},
  operands: [{ name: 'SHELL', text: '"bash", "zsh" or "fish"', required: true, choices: SHELLS }],
  examples: [
    { command: 'holdfast completion zsh > _holdfast', text: 'in a folder of $fpath' },
    { command: 'source <(holdfast completion bash)', text: 'in ~/.bashrc' },
    { command: 'holdfast completion fish | source', text: 'in config.fish' },
  ],
  exits: [
    { code: '0', text: 'printed' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition
