// Lines that an operator passes through to keepalived.conf, and what they must not do there.
import * as v from 'valibot'
import { type Reader, textAs } from './readers.ts'
import { leaf, list, pack, pathTo } from './schema-parts.ts'
import { bad, type Complaint, good, quoted } from './text/complaint.ts'

export type PassThroughBlock =
  | 'file'
  | 'global_defs'
  | 'vrrp_script'
  | 'vrrp_sync_group'
  | 'vrrp_instance'

const NEVER_FAILS_OVER =
  'a backup with it ignores that the master has become worse, so service would stay on a broken server'

/** Words that begin a line which would undo what is rendered, and what to do instead. */
const REFUSED: Readonly<Record<PassThroughBlock, Readonly<Record<string, string>>>> = {
  file: {},
  global_defs: {
    vrrp_version: 'write version = 2 or 3 under [keepalived]',
    enable_script_security: 'it is rendered already',
    script_user: 'write script_user = "…" under [keepalived]',
  },
  vrrp_script: {
    script: 'write program = "…" under [keepalived]',
    interval: 'write check_interval = "…" under [keepalived]',
    ...sameFor(['timeout', 'weight', 'rise', 'fall', 'init_fail'], 'it is rendered already'),
    user: 'write script_user = "…" under [keepalived]',
  },
  vrrp_sync_group: {
    group: 'write v6 = "instance" in the instance',
    ...sameFor(['track_file', 'track_script', 'notify'], 'it is rendered already'),
  },
  vrrp_instance: {
    nopreempt: NEVER_FAILS_OVER,
    preempt_delay: NEVER_FAILS_OVER,
    state: 'every server starts as BACKUP, and the order decides',
    priority: 'the order decides: see the order file',
    interface: 'write interface = "…" in the instance',
    virtual_router_id: 'write virtual_router_id = … in the instance',
    version: 'write version = 2 or 3 under [keepalived]',
    advert_int: 'write advert = "…" under [keepalived]',
    use_vmac: 'write use_vmac = true in the instance',
    authentication: 'write secret_file = "…" under [keepalived]',
    ...sameFor(
      ['unicast_src_ip', 'unicast_peer'],
      'write transport = "unicast" under [keepalived], and all servers under [servers]',
    ),
    ...sameFor(
      ['virtual_ipaddress', 'virtual_ipaddress_excluded'],
      'list the address in addresses of the instance',
    ),
    ...sameFor(['track_file', 'track_script', 'notify'], 'it is rendered already'),
  },
}

function sameFor(words: readonly string[], hint: string): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, hint]))
}

const readLine: Reader<string> = textAs('a line', (text) => {
  if (text.trim() === '') return bad('E_EMPTY', 'this line is empty', 'remove it')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) return good(text)
  const hint = 'write one line of keepalived.conf in each text'
  return bad('E_EXTRA', `${quoted(text)} is not one line`, hint)
})

/** Lines for a block: whole sub-blocks may be among them, but nothing that ends the block itself. */
export function passThrough(block: PassThroughBlock) {
  return v.pipe(
    list(leaf(readLine)),
    v.rawCheck(({ dataset, addIssue }) => {
      const output: unknown = dataset.value
      if (!Array.isArray(output)) return
      let depth = 0
      for (const [index, line] of output.entries()) {
        if (typeof line !== 'string') continue
        const complaint = depth === 0 ? refusal(block, line) : null
        const { ends, opens } = braces(line, depth)
        const wrong = complaint ?? (ends ? closesTooMuch(line) : null)
        if (wrong !== null) addIssue({ message: pack(wrong), path: pathTo(output, index) })
        depth = opens
      }
      if (depth === 0) return
      const complaint: Complaint = {
        code: 'E_EXTRA',
        text: `${depth === 1 ? 'a block is' : `${depth} blocks are`} not closed at the end of these lines`,
        hint: 'add "}" as the last line',
      }
      addIssue({ message: pack(complaint), path: pathTo(output, output.length - 1) })
    }),
  )
}

function refusal(block: PassThroughBlock, line: string): Complaint | null {
  // A line may be for one host only: "@ns1 priority 5".
  const [first = ''] = line.replace(/^\s*@\S+/, '').match(/[^\s{]+/) ?? []
  const hint = Object.hasOwn(REFUSED[block], first) ? REFUSED[block][first] : undefined
  if (hint === undefined) return null
  return { code: 'E_EXTRA', text: `${quoted(first)} cannot be passed through here`, hint }
}

function closesTooMuch(line: string): Complaint {
  const text = `${quoted(line)} closes a block that these lines have not opened`
  return { code: 'E_EXTRA', text, hint: 'remove the "}"' }
}

/** Counts braces outside of quotes and remarks. */
function braces(line: string, depth: number): { ends: boolean; opens: number } {
  const plain = line.replace(/"(?:[^"\\]|\\.)*"?/g, '').replace(/(^|\s)[#!].*$/, '')
  let opens = depth
  let ends = false
  for (const brace of plain.match(/[{}]/g) ?? []) {
    opens += brace === '{' ? 1 : -1
    if (opens >= 0) continue
    ends = true
    opens = 0
  }
  return { ends, opens }
}
