// What a subcommand is: a definition that is plain data, and a body that is loaded only to run.

/** A flag that is there or not, such as `--json`. */
export interface SwitchDefinition {
  readonly kind: 'switch'
  readonly text: string
  /** One letter that is the same flag: `v` for `-v`. */
  readonly short?: string
}

/** A flag that takes a value, such as `--run-dir DIR`. */
export interface ValueDefinition {
  readonly kind: 'value'
  /** What help calls the value, in upper case. */
  readonly value: string
  readonly text: string
  readonly default?: string
  /** All that may be given, where that is known: completions offer it. */
  readonly choices?: readonly string[]
}

/**
 * A flag that takes values, parted by commas, and may be given again: `--only H101,H205`. Where a
 * command has no operands, the words after it are its values as well.
 */
export interface ListDefinition {
  readonly kind: 'list'
  /** What help calls one of the values, in upper case. */
  readonly value: string
  readonly text: string
}

export type FlagDefinition = SwitchDefinition | ValueDefinition | ListDefinition

/** An argument without a flag. */
export interface OperandDefinition {
  readonly name: string
  readonly text: string
  readonly required: boolean
  /** The last operand may be given any number of times. */
  readonly repeated?: boolean
  /** All that may be given, where that is known: completions offer it. */
  readonly choices?: readonly string[]
}

/** Who runs a command, and for what. `holdfast --help` lists them under these titles, in this order. */
export const COMMAND_GROUPS = {
  look: 'Look',
  operate: 'Operate',
  configure: 'Configure',
  run: 'Run by systemd and keepalived',
} as const

/** Everything that help, completions and manual pages say about a subcommand. */
export interface CommandDefinition {
  /** The words that name it: `['config', 'check']`. */
  readonly words: readonly string[]
  readonly group: keyof typeof COMMAND_GROUPS
  readonly summary: string
  readonly flags: Readonly<Record<string, FlagDefinition>>
  readonly operands: readonly OperandDefinition[]
  readonly examples: readonly { readonly command: string; readonly text: string }[]
  readonly exits: readonly { readonly code: string; readonly text: string }[]
}

/**
 * The values of a definition's flags, by name; a value flag that was not given is its default, a
 * list that was not given is empty.
 */
export type Flags<D extends CommandDefinition> = {
  readonly [Name in keyof D['flags']]: D['flags'][Name] extends SwitchDefinition
    ? boolean
    : D['flags'][Name] extends ListDefinition
      ? readonly string[]
      : D['flags'][Name] extends { readonly default: string }
        ? string
        : string | undefined
}

export interface Arguments<D extends CommandDefinition> {
  readonly flags: Flags<D>
  readonly operands: readonly string[]
}

/** Where a command may speak to: data to `out`, messages to `err`, a line (or several) at a time. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether the reader of `out` has gone, so that there is nothing left to do. */
  isClosed?(): boolean
  /** Why something on standard output did not arrive, though its reader is there; null if all did. */
  lost?(): string | null
}

/** What a command's file exports. Resolves to the exit code. */
export interface CommandBody<D extends CommandDefinition> {
  run(args: Arguments<D>, io: Io): Promise<number>
}

/** A definition tied to its body, ready for `argv`. */
export interface Command {
  readonly definition: CommandDefinition
  execute(argv: readonly string[], io: Io): Promise<number>
}
