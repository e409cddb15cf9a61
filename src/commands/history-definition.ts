// The definition of `holdfast history`.
import type { CommandDefinition } from './command.ts'
import { DEFAULT_STATE_DIR } from './definitions.ts'

export const HISTORY = {
  words: ['history'],
  summary: 'Tell what happened here, when, and why',
  flags: {
    since: {
      kind: 'value',
      value: 'TIME',
      text: 'from then on: "1h", or "2026-11-21 14:00" (local time)',
    },
    'state-dir': {
      kind: 'value',
      value: 'DIR',
      text: 'where history.jsonl is',
      default: DEFAULT_STATE_DIR,
    },
    json: { kind: 'switch', text: 'print a JSON document' },
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
