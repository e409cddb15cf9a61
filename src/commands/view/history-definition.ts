// The definition of `holdfast history`.
import type { CommandDefinition } from '../../cli/command.ts'
import { JSON_FLAG, STATE_DIR_FLAG } from '../../cli/flags.ts'

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
