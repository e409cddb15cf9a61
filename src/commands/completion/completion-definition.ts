// The definition of `holdfast completion`.
import type { CommandDefinition } from '../../cli/command.ts'

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
