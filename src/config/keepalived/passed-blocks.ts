// Whole blocks that an operator passes through, against the instances that are rendered beside them.
import type { Partly } from '../partly.ts'
import type { ConfigDocument } from '../schema.ts'
import { type PlacedComplaint, quoted } from '../text/complaint.ts'
import { canonicalAddress } from '../values/ip.ts'
import { statementsIn } from './pass-through.ts'
import type { Statement } from './reader.ts'
import { keywordOf } from './words.ts'

/** The names that keepalived has for instances and sync groups, and who has each service address. */
export interface Rendered {
  readonly names: ReadonlySet<string>
  readonly owners: ReadonlyMap<string, string>
}

/** Blocks that take an instance or its addresses away from the election that is rendered. */
export function checkPassedBlocks(
  { keepalived }: Partly<ConfigDocument>,
  rendered: Rendered,
): PlacedComplaint[] {
  const lines = keepalived?.extra?.file ?? []
  return statementsIn(lines.map((it) => it ?? '')).flatMap((block) =>
    wrongIn(block, rendered).map(({ line, ...complaint }) => ({
      code: 'E_EXTRA' as const,
      path: ['keepalived', 'extra', 'file', line - 1],
      ...complaint,
    })),
  )
}

interface Wrong {
  readonly line: number
  readonly text: string
  readonly hint: string
}

function wrongIn(block: Statement, { names, owners }: Rendered): readonly Wrong[] {
  const keyword = keywordOf(block)
  const [, name = ''] = block.words
  switch (keyword) {
    case 'vrrp_sync_group':
      return inside(block, ['group']).flatMap(({ words, line }) =>
        words
          .filter((it) => names.has(it))
          .map((it) => ({
            line,
            text: `${quoted(it)} cannot be put into a sync group`,
            hint: 'an instance in a sync group loses what it tracks, and moves with the others',
          })),
      )
    case 'vrrp_instance': {
      const twice = names.has(name)
        ? [{ line: block.line, text: `${quoted(name)} is rendered already`, hint: OWN_LINES }]
        : []
      const addresses = inside(block, ['virtual_ipaddress', 'virtual_ipaddress_excluded'])
      return [...twice, ...taken(addresses, owners, 'two elections would move it')]
    }
    case 'static_ipaddress':
      return taken(block.body ?? [], owners, 'every server would have it at once')
    default:
      return []
  }
}

const OWN_LINES = 'write its lines into extra of the instance'

function taken(
  statements: readonly Statement[],
  owners: Rendered['owners'],
  hint: string,
): readonly Wrong[] {
  return statements.flatMap(({ words, line }) => {
    const address = canonicalAddress((words[0] ?? '').split('/', 1)[0] ?? '')
    const owner = address === null ? undefined : owners.get(address)
    if (owner === undefined) return []
    const text = `${address} is a service address of ${quoted(owner)}`
    return [{ line, text, hint: `${hint}: remove it here` }]
  })
}

function inside(block: Statement, keywords: readonly string[]): readonly Statement[] {
  const found = (block.body ?? []).filter((it) => keywords.includes(keywordOf(it)))
  return found.flatMap((it) => it.body ?? [])
}
