// The definition of `holdfast simulate`, whose flags are more than those of all other commands.
import type { CommandDefinition } from '../../cli/command.ts'
import { JSON_FLAG } from '../../cli/flags.ts'

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
