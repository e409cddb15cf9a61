// The definition of `holdfast doctor`.
import type { CommandDefinition } from '../../cli/command.ts'
import { CONFIG_FLAG, JSON_FLAG } from '../../cli/flags.ts'

export const DOCTOR = {
  words: ['doctor'],
  summary: 'Say what is wrong on this host, and what to type',
  flags: {
    only: { kind: 'list', value: 'CODE', text: 'these checks alone; a category is all of its' },
    skip: { kind: 'list', value: 'CODE', text: 'not these checks' },
    list: { kind: 'switch', text: 'list the checks instead' },
    explain: { kind: 'value', value: 'CODE', text: "show the manual's section on a check" },
    quiet: { kind: 'switch', text: 'show troubles alone' },
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
    { code: '3', text: 'a check broke down or took too long: more may be wrong;' },
    { code: '', text: 'or the host cannot be looked at, or the bundle not be written' },
  ],
} as const satisfies CommandDefinition
