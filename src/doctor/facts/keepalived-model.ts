// What the blocks of a keepalived.conf mean, and which of them carry an instance of holdfast's. Pure.
import type { InstanceConfig } from '../../config/config.ts'
import type { Conf, Statement } from '../../config/keepalived/reader.ts'

/** Where something stands: "/etc/keepalived/keepalived.conf:12". */
export type ConfPlace = string

export interface Model {
  readonly scriptSecurity: boolean
  readonly scriptUser: Named | null
  readonly scripts: readonly ScriptBlock[]
  readonly files: readonly FileBlock[]
  readonly groups: readonly GroupBlock[]
  readonly instances: readonly InstanceBlock[]
}

export interface Named {
  readonly name: string
  readonly at: ConfPlace
}

interface Block extends Named {
  /** Its turn in the file: what a block tracks must come before it. */
  readonly turn: number
}

export interface ScriptBlock extends Block {
  /** As keepalived is told to run it, or null when it has none. */
  readonly command: string | null
  readonly weight: number
  /** Who runs it, where the block says so. */
  readonly user: string | null
}

export interface FileBlock extends Block {
  readonly path: string | null
  readonly weight: number
}

/** A name in a track_file or track_script. */
export interface Tracker extends Named {
  readonly kind: 'file' | 'script'
  /** Its own, which comes before that of the block. */
  readonly weight: number | null
}

interface Tracking extends Block {
  readonly trackers: readonly Tracker[]
  readonly notify: readonly NotifyLine[]
}

interface NotifyLine {
  readonly keyword: string
  readonly command: string
  readonly at: ConfPlace
}

interface GroupBlock extends Tracking {
  readonly members: readonly string[]
  /** Members may follow trackers with weights of their own. */
  readonly sharesWeights: boolean
}

export interface InstanceBlock extends Tracking {
  readonly routerId: number | null
  readonly basePriority: number
  readonly basePriorityAt: ConfPlace
  /** The line of `unicast_src_ip` or `mcast_src_ip`, with the address that adverts leave from. */
  readonly source: (Named & { readonly keyword: string }) | null
  /** Those that adverts go to one by one; none where they go to the group. */
  readonly peers: readonly string[]
  readonly addresses: readonly Named[]
  readonly excluded: readonly Named[]
  /** Each of `nopreempt` and `preempt_delay`. */
  readonly staysBehind: readonly Named[]
}

/** keepalived's own, where nothing is said. */
const DEFAULT_PRIORITY = 100
const DEFAULT_FILE_WEIGHT = 1
const DEFAULT_SCRIPT_WEIGHT = 0

function placeOf({ file, line }: Statement): ConfPlace {
  return `${file}:${line}`
}

export function modelOf({ statements }: Conf): Model {
  const globals = statements
    .filter((statement) => statement.words[0] === 'global_defs')
    .flatMap(bodyOf)
  const user = globals.filter((global) => global.words[0] === 'script_user').at(-1)
  return {
    scriptSecurity: globals.some((global) => global.words[0] === 'enable_script_security'),
    scriptUser: user === undefined ? null : { name: user.words[1] ?? '', at: placeOf(user) },
    scripts: blocksOf(statements, ['vrrp_script'], scriptOf),
    files: blocksOf(statements, ['track_file', 'vrrp_track_file'], fileOf),
    groups: blocksOf(statements, ['vrrp_sync_group'], groupOf),
    instances: blocksOf(statements, ['vrrp_instance'], instanceOf),
  }
}

/** Every member of a group, and every instance that is in none, has trackers: these. */
export function trackersOf(instance: InstanceBlock, model: Model): readonly Tracker[] {
  const group = groupWith(instance, model)
  if (group === undefined) return instance.trackers
  return group.sharesWeights ? [...group.trackers, ...instance.trackers] : group.trackers
}

export function groupWith(instance: InstanceBlock, model: Model): GroupBlock | undefined {
  return model.groups.find((group) => group.members.includes(instance.name))
}

/** What a tracker adds at most; 0 for one that means FAULT or is defined nowhere. */
export function weightOf(tracker: Tracker, model: Model): number {
  const blocks = tracker.kind === 'file' ? model.files : model.scripts
  return tracker.weight ?? blocks.find((block) => block.name === tracker.name)?.weight ?? 0
}

/** Several lines of keepalived's may each be a block, and a block may come twice. */
function blocksOf<T>(
  statements: readonly Statement[],
  keywords: readonly string[],
  read: (block: Block, body: readonly Statement[]) => T,
): readonly T[] {
  return statements.flatMap((statement, turn) => {
    const [keyword = '', name = ''] = statement.words
    if (!keywords.includes(keyword)) return []
    return [read({ name, at: placeOf(statement), turn }, bodyOf(statement))]
  })
}

function bodyOf(statement: Statement): readonly Statement[] {
  return statement.body ?? []
}

function scriptOf(block: Block, body: readonly Statement[]): ScriptBlock {
  return {
    ...block,
    command: last(body, 'script')?.words.slice(1).join(' ') ?? null,
    weight: numberIn(last(body, 'weight')) ?? DEFAULT_SCRIPT_WEIGHT,
    user: last(body, 'user')?.words[1] ?? null,
  }
}

function fileOf(block: Block, body: readonly Statement[]): FileBlock {
  return {
    ...block,
    path: last(body, 'file')?.words[1] ?? null,
    weight: numberIn(last(body, 'weight')) ?? DEFAULT_FILE_WEIGHT,
  }
}

function groupOf(block: Block, body: readonly Statement[]): GroupBlock {
  return {
    ...tracking(block, body),
    members: inside(body, 'group').flatMap((statement) => statement.words),
    sharesWeights: last(body, 'sync_group_tracking_weight') !== undefined,
  }
}

function instanceOf(block: Block, body: readonly Statement[]): InstanceBlock {
  const priority = last(body, 'priority')
  const source = last(body, 'unicast_src_ip') ?? last(body, 'mcast_src_ip')
  const addresses = (keyword: string) =>
    inside(body, keyword).map((statement) => ({
      name: (statement.words[0] ?? '').split('/', 1)[0] ?? '',
      at: placeOf(statement),
    }))
  return {
    ...tracking(block, body),
    routerId: numberIn(last(body, 'virtual_router_id')),
    basePriority: numberIn(priority) ?? DEFAULT_PRIORITY,
    basePriorityAt: priority === undefined ? block.at : placeOf(priority),
    source:
      source === undefined
        ? null
        : { keyword: source.words[0] ?? '', name: source.words[1] ?? '', at: placeOf(source) },
    peers: inside(body, 'unicast_peer').map((statement) => statement.words[0] ?? ''),
    addresses: addresses('virtual_ipaddress'),
    excluded: addresses('virtual_ipaddress_excluded'),
    staysBehind: body
      .filter(({ words }) => words[0] === 'nopreempt' || isDelay(words))
      .map((statement) => ({ name: statement.words.join(' '), at: placeOf(statement) })),
  }
}

function isDelay([keyword, seconds]: readonly string[]): boolean {
  return keyword === 'preempt_delay' && Number(seconds) !== 0
}

function tracking(block: Block, body: readonly Statement[]): Tracking {
  const trackers = (kind: Tracker['kind']) =>
    inside(body, `track_${kind}`).map((statement): Tracker => {
      const [name = '', keyword, weight] = statement.words
      const own = keyword === 'weight' ? Number(weight) : Number.NaN
      return { kind, name, at: placeOf(statement), weight: Number.isNaN(own) ? null : own }
    })
  return {
    ...block,
    trackers: [...trackers('file'), ...trackers('script')],
    notify: body
      .filter(({ words }) => /^notify(_\w+)?$/.test(words[0] ?? '') && words.length > 1)
      .filter(({ words }) => words[0] !== 'notify_priority_changes')
      .map((statement) => ({
        keyword: statement.words[0] ?? '',
        // The user may stand behind the command.
        command: statement.words[1] ?? '',
        at: placeOf(statement),
      })),
  }
}

function inside(body: readonly Statement[], keyword: string): readonly Statement[] {
  return body.filter((statement) => statement.words[0] === keyword).flatMap(bodyOf)
}

function last(body: readonly Statement[], keyword: string): Statement | undefined {
  return body.filter((statement) => statement.words[0] === keyword).at(-1)
}

function numberIn(statement: Statement | undefined): number | null {
  const value = Number.parseInt(statement?.words[1] ?? '', 10)
  return Number.isNaN(value) ? null : value
}

/** A block of a file, or an instance that runs. */
export interface Carrier {
  readonly name: string
  readonly addresses: readonly (string | Named)[]
  /** Those that only move along. */
  readonly excluded: readonly (string | Named)[]
}

/**
 * The vrrp_instances that carry an instance of holdfast's: by its name, or by one of its addresses.
 * One whose families have elections of their own has two.
 */
export function carriers<T extends Carrier>(
  instance: InstanceConfig,
  all: readonly T[],
): readonly T[] {
  const names = [instance.name, `${instance.name}-v4`, `${instance.name}-v6`]
  const isOwn = (address: string) => instance.addresses.includes(address)
  return all.filter((one) => names.includes(one.name) || allAddresses(one).some(isOwn))
}

/** As plain text. */
export function allAddresses({ addresses, excluded }: Carrier): readonly string[] {
  return [...addresses, ...excluded].map((one) => (typeof one === 'string' ? one : one.name))
}
