// `holdfast order`: shows the ranks in each instance, and edits the order file one line at a time.

import { isatty } from 'node:tty'
import { readBounded } from '../../adapters/atomic-file.ts'
import { replaceText } from '../../adapters/replace-text.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import type { ClusterConfig, Config } from '../../config/config.ts'
import { editOrder, type OrderEdit, orderLines } from '../../config/order-edit.ts'
import { parseOrder } from '../../config/order-file.ts'
import { type Diagnostic, formatDiagnostics } from '../../config/text/diagnostic.ts'
import { orderDocument, orderView } from '../../view/order-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'
import { ORDER } from '../operating-definitions.ts'
import { configFor } from './config-for.ts'
import { thereIsNo } from './operator-order.ts'

type OrderArguments = Arguments<typeof ORDER>

const NAME = 'holdfast order'
const STDOUT = 1
const STDERR = 2
/** Above what an order may have, so that a large file gets the parser's own complaint. */
const ORDER_LIMIT_BYTES = 256 * 1024
const DEFAULT_WIDTH = 80

/** Shows the order, after it was changed if that was asked for. */
export async function run({ flags, operands }: OrderArguments, io: Io): Promise<number> {
  const edits = editsOf(flags)
  if (edits.length > 1)
    return usageError(ORDER, 'use only one of --promote, --remove and --add', io)
  const config = configFor('order', flags.config, io)
  if (typeof config === 'number') return EXIT.failed
  const servers = config.servers.map((server) => server.name)
  const cluster = chooseCluster(config, operands[0])
  if (typeof cluster === 'string') return usageError(ORDER, cluster, io)
  const text = readOrder(cluster.orderFile, io)
  if (text === null) return EXIT.failed
  const [edit] = edits
  const shown = edit === undefined ? text : change(cluster, text, edit, servers, io)
  if (shown === null) return EXIT.failed
  const document = orderDocument(cluster, config.server.name, orderLines(shown, servers))
  const style = wantsColour(isatty(STDOUT), process.env) ? COLOURED : PLAIN
  const width = process.stdout.columns ?? DEFAULT_WIDTH
  io.out(flags.json ? JSON.stringify(document) : orderView(document, style, width))
  return EXIT.ok
}

function editsOf(flags: OrderArguments['flags']): OrderEdit[] {
  return (['promote', 'remove', 'add'] as const).flatMap((kind) => {
    const server = flags[kind]
    return server === undefined ? [] : [{ kind, server }]
  })
}

function sayDiagnostics(diagnostics: readonly Diagnostic[], io: Io): void {
  io.err(formatDiagnostics(diagnostics, { colour: wantsColour(isatty(STDERR), process.env) }))
}

/** The cluster, or what is wrong with the choice. */
function chooseCluster({ clusters }: Config, name: string | undefined): ClusterConfig | string {
  const names = clusters.map((cluster) => cluster.name)
  const [only] = clusters
  if (name === undefined)
    return only !== undefined && clusters.length === 1
      ? only
      : `CLUSTER is missing; known: ${names.join(', ')}`
  const found = clusters.find((cluster) => cluster.name === name)
  if (found !== undefined) return found
  return thereIsNo('cluster', name, names)
}

/** The text of an order that is good; a broken one is for an editor, not for a program. */
function readOrder(file: string, io: Io): string | null {
  const read = readBounded(file, ORDER_LIMIT_BYTES)
  if (!read.ok) {
    io.err(`${NAME}: ${read.error}`)
    return null
  }
  const parsed = parseOrder(read.value, file)
  if (parsed.ok) return read.value
  sayDiagnostics(parsed.diagnostics, io)
  return null
}

/** The changed text once it is in the file, or null after what is wrong was said. */
function change(
  cluster: ClusterConfig,
  text: string,
  edit: OrderEdit,
  servers: readonly string[],
  io: Io,
): string | null {
  const edited = editOrder(text, edit, servers)
  if (!edited.ok) {
    io.err(`${NAME}: ${cluster.orderFile}: ${edited.error}`)
    return null
  }
  if (!edited.changed) {
    io.err(`${NAME}: nothing to do, ${edit.server} is already ${STATES[edit.kind]}`)
    return text
  }
  const written = replaceText(cluster.orderFile, text, edited.text)
  if (!written.ok) {
    io.err(`${NAME}: ${written.error}`)
    return null
  }
  io.err(`${NAME}: changed ${cluster.orderFile} on this host only; repeat on every server`)
  for (const line of warningsOn(cluster, edit)) io.err(`${NAME}: ${line}`)
  return edited.text
}

/** What an operator may not have meant. */
function warningsOn({ instances }: ClusterConfig, { kind, server }: OrderEdit): readonly string[] {
  if (kind === 'remove')
    return ['permanent, this host only; for maintenance use "holdfast drain" on the server itself']
  const reverse = instances.filter(({ reverseOrder }) => reverseOrder)
  if (kind !== 'promote' || reverse.length === 0) return []
  const names = reverse.map(({ name }) => name).join(', ')
  return [`${server} is now last in ${names}, which use the reverse order`]
}

const STATES = { promote: 'first', remove: 'commented out', add: 'listed' } as const
