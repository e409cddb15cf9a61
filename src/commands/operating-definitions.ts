// The commands that an operator types: arguments are checked against these definitions, and help, manual and completions are made from them.
import type { CommandDefinition } from '../cli/command.ts'
import { CONFIG_FLAG, JSON_FLAG, RUN_DIR_FLAG, STATE_DIR_FLAG } from '../cli/flags.ts'

export const STATUS = {
  words: ['status'],
  group: 'look',
  summary: "Show this server's state, its checks and who holds each address",
  flags: {
    'run-dir': RUN_DIR_FLAG,
    watch: { kind: 'switch', text: 'refresh until interrupted' },
    all: { kind: 'switch', text: 'list every endpoint' },
    json: { kind: 'switch', text: 'print status.json' },
  },
  operands: [],
  examples: [{ command: 'holdfast status --watch', text: 'follow changes' }],
  exits: [
    { code: '0', text: 'status shown (whatever it says)' },
    { code: '1', text: 'no current status: missing, unreadable or stale (daemon not running)' },
  ],
} as const satisfies CommandDefinition

export const CHECK = {
  words: ['check'],
  group: 'run',
  summary: 'Exit 0 if this server may hold service addresses',
  flags: {
    'run-dir': RUN_DIR_FLAG,
    nagios: { kind: 'switch', text: 'exit 0-3 and print performance data for Nagios' },
    backend: { kind: 'value', value: 'NAME', text: 'test whether a real server is in the pool' },
    ensure: { kind: 'switch', text: 'start the daemon if its status is stale' },
    config: { ...CONFIG_FLAG, text: 'used by --ensure' },
    json: JSON_FLAG,
  },
  operands: [
    { name: 'INSTANCE', text: 'with SLOT: test one slot (script mode)', required: false },
    {
      name: 'SLOT',
      text: 'a rank (1 is best), "probation", "degraded", "drained"',
      required: false,
      choices: ['1', '2', '3', 'probation', 'degraded', 'drained'],
    },
  ],
  examples: [
    { command: 'holdfast check && echo serving', text: 'what keepalived runs' },
    { command: 'holdfast check recdns0 1', text: 'is this server first for recdns0?' },
  ],
  exits: [
    { code: '0', text: 'may hold service addresses (with SLOT: is in that slot)' },
    { code: '1', text: 'may not, or the status is stale or unreadable' },
    { code: '--nagios', text: '0 serving, 1 on probation, degraded or drained, 2 failed,' },
    { code: '', text: 'isolated or stale, 3 unreadable status or wrong usage' },
  ],
} as const satisfies CommandDefinition

export const DOCTOR = {
  words: ['doctor'],
  group: 'look',
  summary: 'Diagnose this host and suggest fixes',
  flags: {
    only: { kind: 'list', value: 'CODE', text: 'run only these checks or categories' },
    skip: { kind: 'list', value: 'CODE', text: 'skip these checks or categories' },
    list: { kind: 'switch', text: 'list all checks and exit' },
    explain: { kind: 'value', value: 'CODE', text: 'explain a check' },
    verbose: { kind: 'switch', short: 'v', text: 'show every check, also passed and skipped ones' },
    quiet: { kind: 'switch', text: 'show only warnings and failures' },
    json: JSON_FLAG,
    bundle: { kind: 'value', value: 'FILE', text: 'write a support bundle (tar; secrets removed)' },
    config: CONFIG_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast doctor', text: 'run all checks; root sees more' },
    { command: 'holdfast doctor --only bind H101', text: 'run some of them' },
  ],
  exits: [
    { code: '0', text: 'no problems found (with --bundle: bundle written)' },
    { code: '1', text: 'warnings' },
    { code: '2', text: 'failures, or wrong usage (nothing on stdout)' },
    { code: '3', text: 'a check crashed or timed out, or the bundle could not be written' },
  ],
} as const satisfies CommandDefinition

export const HISTORY = {
  words: ['history'],
  group: 'look',
  summary: 'Show past failures, drains and address moves',
  flags: {
    since: {
      kind: 'value',
      value: 'TIME',
      text: 'show entries since TIME ("1h", "2026-11-21 14:00")',
    },
    'state-dir': { ...STATE_DIR_FLAG, text: 'directory of history.jsonl' },
    json: JSON_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast history --since 12h', text: 'the last 12 hours' },
    { command: 'holdfast history | grep failed', text: 'all failures' },
  ],
  exits: [
    { code: '0', text: 'success' },
    { code: '1', text: 'no history, or history unreadable' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition

const JSON_STEPS_FLAG = { kind: 'switch', text: 'print one JSON object per step' } as const

export const DRAIN = {
  words: ['drain'],
  group: 'operate',
  summary: 'Move service addresses to another server and verify it',
  flags: {
    isolate: { kind: 'switch', text: 'then enter FAULT, so this server can never become MASTER' },
    for: { kind: 'value', value: 'TIME', text: 'undrain automatically after TIME ("2h")' },
    timeout: {
      kind: 'value',
      value: 'TIME',
      text: 'undo the drain if not done after TIME (default: 30s)',
    },
    reason: { kind: 'value', value: 'TEXT', text: 'reason shown in status, log and mail' },
    instance: { kind: 'value', value: 'NAMES', text: 'only these instances (comma-separated)' },
    backend: { kind: 'value', value: 'NAME', text: 'drain a real server behind this balancer' },
    force: { kind: 'switch', text: 'drain even if no other server can take over' },
    'dry-run': { kind: 'switch', text: 'check whether a drain would succeed; change nothing' },
    config: CONFIG_FLAG,
    json: JSON_STEPS_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast drain --reason "kernel update"', text: 'before a reboot' },
    { command: 'holdfast drain --isolate --for 4h', text: 'before network maintenance' },
  ],
  exits: [
    { code: '0', text: 'drained, and another server answers (with --force: drained)' },
    { code: '1', text: 'not drained; nothing changed unless the last line says otherwise' },
    { code: '2', text: 'wrong usage or configuration error' },
  ],
} as const satisfies CommandDefinition

export const UNDRAIN = {
  words: ['undrain'],
  group: 'operate',
  summary: 'End a drain once this server is healthy',
  flags: {
    'no-wait': { kind: 'switch', text: 'do not wait for checks or cache' },
    'keep-failback-delay': {
      kind: 'switch',
      text: 'leave a running failback delay (probation) as it is',
    },
    id: { kind: 'value', value: 'ID', text: 'end only the drain with this "id" in override.json' },
    backend: {
      kind: 'value',
      value: 'NAME',
      text: 'undrain a real server behind this balancer',
    },
    timeout: {
      kind: 'value',
      value: 'TIME',
      text: 'give up, still drained, after TIME',
      default: '2m',
    },
    config: CONFIG_FLAG,
    json: JSON_STEPS_FLAG,
  },
  operands: [],
  examples: [{ command: 'holdfast undrain', text: 'after maintenance' }],
  exits: [
    { code: '0', text: 'back in service' },
    { code: '1', text: 'still drained, see the last line; run undrain again to resume' },
    { code: '2', text: 'wrong usage or configuration error' },
  ],
} as const satisfies CommandDefinition

export const PEERS = {
  words: ['peers'],
  group: 'look',
  summary: 'Probe all servers and show who could take over',
  flags: {
    wide: { kind: 'switch', text: 'show each address, over UDP and TCP, and its latency' },
    watch: { kind: 'switch', text: 'refresh every two seconds until interrupted' },
    config: CONFIG_FLAG,
    json: JSON_FLAG,
  },
  operands: [],
  examples: [{ command: 'holdfast peers', text: 'who could take over?' }],
  exits: [
    { code: '0', text: 'all servers answer' },
    { code: '1', text: 'a server does not answer, or none is configured' },
    { code: '2', text: 'wrong usage or configuration error' },
  ],
} as const satisfies CommandDefinition

export const ORDER = {
  words: ['order'],
  group: 'operate',
  summary: 'Show or edit the server order on this host',
  flags: {
    config: CONFIG_FLAG,
    promote: { kind: 'value', value: 'SERVER', text: 'move SERVER to the top' },
    remove: { kind: 'value', value: 'SERVER', text: 'comment SERVER out' },
    add: { kind: 'value', value: 'SERVER', text: 'uncomment SERVER, or append it' },
    json: JSON_FLAG,
  },
  operands: [
    { name: 'CLUSTER', text: 'the cluster (optional if there is only one)', required: false },
  ],
  examples: [
    { command: 'holdfast order recdns', text: 'show ranks in each instance' },
    { command: 'holdfast order recdns --remove ns2', text: 'permanent; see also: drain' },
  ],
  exits: [
    { code: '0', text: 'success (including "already so")' },
    { code: '1', text: 'file cannot be read, written or changed like that' },
    { code: '2', text: 'wrong usage' },
  ],
} as const satisfies CommandDefinition
