// The definitions of all subcommands: the one table that arguments are held to and help is made from.
import type { CommandDefinition } from '../cli/command.ts'
import {
  CONFIG_FLAG,
  DEFAULT_CONFIG,
  JSON_FLAG,
  RUN_DIR_FLAG,
  STATE_DIR_FLAG,
} from '../cli/flags.ts'

export const CHECK = {
  words: ['check'],
  summary: 'Say whether this server may hold a service address now',
  flags: {
    'run-dir': RUN_DIR_FLAG,
    nagios: { kind: 'switch', text: 'exit 0-3 and print perfdata for a monitoring system' },
    backend: { kind: 'value', value: 'NAME', text: 'ask whether this real server is in the pool' },
    ensure: { kind: 'switch', text: 'start the daemon if its status is not fresh' },
    config: { ...CONFIG_FLAG, text: 'what --ensure reads' },
    json: JSON_FLAG,
  },
  operands: [
    { name: 'INSTANCE', text: 'ask whether this instance is in SLOT here', required: false },
    {
      name: 'SLOT',
      text: 'a rank (1 is best), "probation", "degraded", "drained"',
      required: false,
      choices: ['1', '2', '3', 'probation', 'degraded', 'drained'],
    },
  ],
  examples: [
    { command: 'holdfast check && echo serving', text: 'the question keepalived asks' },
    { command: 'holdfast check recdns0 1', text: 'is this server first for recdns0?' },
  ],
  exits: [
    { code: '0', text: 'fresh, and the answer is yes' },
    { code: '1', text: 'no, or the status is stale or unreadable' },
    { code: '--nagios', text: '0 healthy, 1 on probation, degraded or drained, 2 failed,' },
    { code: '', text: 'isolated or stale, 3 unreadable status or wrong usage' },
  ],
} as const satisfies CommandDefinition

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

export const STATUS = {
  words: ['status'],
  summary: 'Show the verdict, its reasons, all targets and priorities',
  flags: {
    'run-dir': RUN_DIR_FLAG,
    watch: { kind: 'switch', text: 'look on until interrupted, with clocks that run' },
    all: { kind: 'switch', text: 'show every target, however many there are' },
    json: { kind: 'switch', text: 'print the status document itself' },
  },
  operands: [],
  examples: [{ command: 'holdfast status --watch', text: 'look on' }],
  exits: [
    { code: '0', text: 'shown' },
    { code: '1', text: 'the status is missing, unreadable or stale' },
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
      text: 'bind, bind-zone, sysctl, standing, nft, all; else keepalived',
      required: false,
      choices: ['keepalived', 'bind', 'bind-zone', 'sysctl', 'standing', 'nft', 'all'],
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

export const ORDER = {
  words: ['order'],
  summary: 'Show the order of a pool, or change it',
  flags: {
    config: CONFIG_FLAG,
    promote: { kind: 'value', value: 'SERVER', text: 'move it to the top of the file' },
    remove: { kind: 'value', value: 'SERVER', text: 'take it out, by a "#" before it' },
    add: { kind: 'value', value: 'SERVER', text: 'put it back where it was, or at the end' },
    json: JSON_FLAG,
  },
  operands: [
    { name: 'POOL', text: 'the pool; may be left out where there is one', required: false },
  ],
  examples: [
    { command: 'holdfast order recdns', text: 'who ranks where, in each instance' },
    { command: 'holdfast order recdns --remove ns2', text: 'drain ns2 for a while' },
  ],
  exits: [
    { code: '0', text: 'shown or changed, or it was so already' },
    { code: '1', text: 'the file cannot be read, written or changed like that' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition
