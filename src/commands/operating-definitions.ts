// The definitions of what operators ask and order: arguments are held to them, and help, manual and completions made from them.
import type { CommandDefinition } from '../cli/command.ts'
import { CONFIG_FLAG, JSON_FLAG, RUN_DIR_FLAG, STATE_DIR_FLAG } from '../cli/flags.ts'

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

export const DOCTOR = {
  words: ['doctor'],
  summary: 'Say what is wrong on this host, and what to type',
  flags: {
    only: { kind: 'list', value: 'CODE', text: 'these checks alone; a category is all of its' },
    skip: { kind: 'list', value: 'CODE', text: 'not these checks' },
    list: { kind: 'switch', text: 'list the checks instead' },
    explain: { kind: 'value', value: 'CODE', text: "show the manual's section on a check" },
    verbose: { kind: 'switch', short: 'v', text: 'show every check, also passed and skipped ones' },
    quiet: { kind: 'switch', text: 'show only warnings and failures' },
    json: JSON_FLAG,
    bundle: { kind: 'value', value: 'FILE', text: 'write a tar for a colleague, without secrets' },
    config: CONFIG_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast doctor', text: 'look at everything; as root it sees more' },
    { command: 'holdfast doctor --only bind H101', text: 'look at a part' },
  ],
  exits: [
    { code: '0', text: 'nothing is wrong; with --bundle: written' },
    { code: '1', text: 'there are warnings' },
    { code: '2', text: 'there are failures, or the usage is wrong (nothing on stdout)' },
    { code: '3', text: 'a check crashed or timed out, or the bundle could not be written' },
  ],
} as const satisfies CommandDefinition

export const HISTORY = {
  words: ['history'],
  summary: 'Tell what happened here, when, and why',
  flags: {
    since: {
      kind: 'value',
      value: 'TIME',
      text: 'from then on: "1h", or "2026-11-21 14:00" (local time)',
    },
    'state-dir': { ...STATE_DIR_FLAG, text: 'where history.jsonl is' },
    json: JSON_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast history --since 12h', text: 'what was last night?' },
    { command: 'holdfast history | grep failed', text: 'all the times that it was out' },
  ],
  exits: [
    { code: '0', text: 'told' },
    { code: '1', text: 'there is no record, or it cannot be read' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition

const JSON_STEPS_FLAG = { kind: 'switch', text: 'print one JSON document a step' } as const

const BACKEND_FLAG = {
  kind: 'value',
  value: 'NAME',
  text: 'a real server of this load balancer instead',
} as const

export const DRAIN = {
  words: ['drain'],
  summary: 'Take this server out, once another one has taken over',
  flags: {
    isolate: { kind: 'switch', text: 'go on to FAULT: it can then elect itself no more' },
    for: { kind: 'value', value: 'TIME', text: 'come back by itself after that, as "2h"' },
    timeout: { kind: 'value', value: 'TIME', text: 'give up after that (30s, or drain_limit)' },
    reason: { kind: 'value', value: 'TEXT', text: 'why, for everybody to see' },
    instance: { kind: 'value', value: 'NAMES', text: 'these alone, with commas between them' },
    backend: BACKEND_FLAG,
    force: { kind: 'switch', text: 'go on although no other server can take over' },
    'dry-run': { kind: 'switch', text: 'look at the other servers, and change nothing' },
    config: CONFIG_FLAG,
    json: JSON_STEPS_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast drain --reason "kernel update"', text: 'before a reboot' },
    { command: 'holdfast drain --isolate --for 4h', text: 'before work on the network' },
  ],
  exits: [
    { code: '0', text: 'drained, and another server answers; with --force: drained' },
    { code: '1', text: 'failed: all is as it was, or the last line says what stands, and whose' },
    { code: '2', text: 'wrong usage, or errors in the configuration' },
  ],
} as const satisfies CommandDefinition

export const UNDRAIN = {
  words: ['undrain'],
  summary: 'Put this server back into service, once it is healthy',
  flags: {
    now: { kind: 'switch', text: 'wait neither for the checks nor for the cache' },
    order: { kind: 'value', value: 'ID', text: 'lift that one alone, "id" in override.json' },
    backend: BACKEND_FLAG,
    timeout: { kind: 'value', value: 'TIME', text: 'stay drained after that', default: '2m' },
    config: CONFIG_FLAG,
    json: JSON_STEPS_FLAG,
  },
  operands: [],
  examples: [{ command: 'holdfast undrain', text: 'after the work is done' }],
  exits: [
    { code: '0', text: 'it has its rank back' },
    { code: '1', text: 'it stays drained, or another order stands; the last line says which' },
    { code: '2', text: 'wrong usage, or errors in the configuration' },
  ],
} as const satisfies CommandDefinition

export const PEERS = {
  words: ['peers'],
  summary: 'Ask every server of the configuration on its own addresses',
  flags: {
    watch: { kind: 'switch', text: 'ask again every two seconds until interrupted' },
    config: CONFIG_FLAG,
    json: JSON_FLAG,
  },
  operands: [],
  examples: [{ command: 'holdfast peers', text: 'who could take over?' }],
  exits: [
    { code: '0', text: 'all of them answer' },
    { code: '1', text: 'some do not, or there is nobody to ask' },
    { code: '2', text: 'wrong usage, or errors in the configuration' },
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
