// The rules of a pair of balancers: what is known of each, and what must hold of that. Pure.
import { backendsOf } from '../../../src/config/balancer-backends.ts'
import type { BalancedService } from '../../../src/config/balancer-table.ts'
import type { Config } from '../../../src/config/config.ts'
import type { BackendStatus } from '../../../src/documents/status-document.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import type { SimulatedBalancer } from './balancer.ts'
import { balancersSettleMs, outMs } from './balancers-bounds.ts'
import type { BalancersEvent, BalancersWorld } from './balancers-world.ts'
import { HALVES, type Half } from './ipvs.ts'
import { createMember, type Member } from './member.ts'
import type { MemberRule } from './member-rules.ts'
import type { SimulatedServer } from './real-server.ts'

export type BalancersRule =
  | MemberRule
  /** Nobody is in the pool although somebody could be, or the sorry server. */
  | 'pool-emptied'
  /** A balancer with too few real servers says in the election that it is well. */
  | 'quorum-ignored'
  /** A daemon has long been dead, and what it said in the election is believed. */
  | 'dead-man'
  /** Clients are sent to a balancer that is worse than the other. */
  | 'wrong-balancer'
  /** Long after the last fault something is not as it should be, or the balancers differ. */
  | 'unsettled'

/** One balancer with all that is known of it. */
export interface BalancerRecord {
  readonly balancer: SimulatedBalancer
  readonly members: readonly Member[]
  /** Something there has changed since the last look. */
  isTouched: boolean
  life: number
  lifeSinceMs: number
  /** Since when its daemon lives and does not hang, and since when it does not. */
  awakeSinceMs: number | null
  silentSinceMs: number | null
  /** Since when it could serve well, or could not. */
  goodSinceMs: number | null
  badSinceMs: number | null
  /** Since when a daemon that is awake has had too few real servers for some service. */
  shortSinceMs: number | null
}

/** What is known of one world. */
export interface Watched {
  readonly config: Config
  readonly vrrp: VrrpOptions
  readonly services: readonly BalancedService[]
  /** How many files keepalived follows on each balancer. */
  readonly files: number
  /** How long an order may take until the table follows it. */
  readonly orderAppliedMs: number
  /** How long a balancer may have too few real servers before it says so. */
  readonly maxShortMs: number
  /** How long the word of a daemon counts that is silent. */
  readonly maxBelievedMs: number
  /** When the last order about a backend was lifted. */
  readonly liftedMs: Map<string, number>
  records: readonly BalancerRecord[]
  world: BalancersWorld | null
  /** When the balancers last did not hear each other. */
  partedMs: number
  readonly nowMs: () => number
  readonly report: (rule: BalancersRule, sentence: string) => void
}

/** What a failed server has in the election, at most. */
const FAILED = 10
/** What one has whose word is not believed. */
const LOWEST = 1

export function newRecord(
  watched: Watched,
  balancer: SimulatedBalancer,
  servers: readonly SimulatedServer[],
): BalancerRecord {
  const members = backendsOf(watched.config.balancer as NonNullable<Config['balancer']>).map(
    (backend) => {
      const server = servers.find(({ name }) => name === backend.server.name)
      if (server === undefined) throw new Error(`there is no real server ${backend.server.name}`)
      return createMember(backend, { ...watched, balancer, server })
    },
  )
  const never = { goodSinceMs: null, badSinceMs: null, shortSinceMs: null }
  const life = { life: -1, lifeSinceMs: 0, awakeSinceMs: null, silentSinceMs: null }
  return { balancer, members, isTouched: false, ...life, ...never }
}

function membersOf(record: BalancerRecord, service: BalancedService): readonly Member[] {
  return record.members.filter(({ backend }) => backend.service.name === service.name)
}

/** What has ended was no steady failure, and an order that was lifted is not obeyed at once. */
export function noteFault(
  watched: Watched,
  { fault, ends }: Extract<BalancersEvent, { kind: 'fault' }>,
): void {
  if (!ends) return
  const hung = fault.kind === 'daemon-hang' ? watched.records[fault.balancer] : undefined
  if (hung?.balancer.machine.isHung() === false) {
    hung.awakeSinceMs = watched.nowMs()
    hung.silentSinceMs = null
  }
  for (const { members } of watched.records) for (const member of members) member.recovered()
  if (fault.kind !== 'drain' || watched.world === null) return
  for (const name of watched.world.context.backendsOf(fault.server))
    watched.liftedMs.set(name, watched.nowMs())
}

export function look(watched: Watched, record: BalancerRecord): void {
  const { machine } = record.balancer
  if (record.life !== machine.life()) {
    record.life = machine.life()
    record.lifeSinceMs = watched.nowMs()
  }
  const isAwake = machine.isAlive() && !machine.isHung()
  record.awakeSinceMs = isAwake ? (record.awakeSinceMs ?? watched.nowMs()) : null
  record.silentSinceMs = isAwake ? null : (record.silentSinceMs ?? watched.nowMs())
  for (const member of record.members) member.look()
  const statuses = new Map(machine.statuses().map((status) => [status.backend, status]))
  judgeBalancer(watched, record, [...statuses.values()])
  for (const service of watched.services) {
    compareWeights(record, service, statuses)
    for (const half of HALVES) checkPool(watched, record, service, half)
  }
}

/** When all have failed that nobody took out, and nobody is sorry, they are all that is left. */
function compareWeights(
  record: BalancerRecord,
  service: BalancedService,
  statuses: ReadonlyMap<string, BackendStatus>,
): void {
  const members = membersOf(record, service)
  const inRace = members.flatMap(({ backend }) => {
    const status = statuses.get(backend.name)
    // One whose order was lifted while the process was stopped is out until it is judged anew.
    const isOut = status?.override !== null || status.state === 'drained'
    return status === undefined || isOut ? [] : [status]
  })
  const isLost = inRace.every(
    ({ state: serverState, weight }) => serverState === 'failed' && weight !== null,
  )
  for (const member of members) {
    const status = statuses.get(member.backend.name)
    if (status === undefined) continue
    const isFailOpen = isLost && service.sorryServer.length === 0 && status.override === null
    member.compare(status, isFailOpen)
  }
}

function checkPool(
  watched: Watched,
  record: BalancerRecord,
  service: BalancedService,
  half: Half,
): void {
  const { balancer, lifeSinceMs, awakeSinceMs } = record
  const { ipvs, machine } = balancer
  const members = membersOf(record, service)
  if (ipvs.readySinceMs() === null || ipvs.isSorry(half, service.name)) return
  if (members.some(({ backend }) => (ipvs.weight(half, backend.name) ?? 0) > 0)) return
  // What a dead daemon has left behind is for the rules about members.
  if (awakeSinceMs === null || watched.nowMs() - awakeSinceMs <= watched.orderAppliedMs) return
  const inRace = members.filter(({ backend: { name } }) => {
    const sinceMs = watched.nowMs() - (watched.liftedMs.get(name) ?? Number.NEGATIVE_INFINITY)
    return !machine.orders.has(name) && sinceMs > watched.orderAppliedMs
  })
  const isUndecided = members.some((member) => !member.isPublished())
  const isYoung = watched.nowMs() - lifeSinceMs <= outMs(watched.config, watched.files)
  if (inRace.length === 0 || isUndecided || isYoung) return
  watched.report(
    'pool-emptied',
    `nobody is in the ${half} half of ${service.name} on ${balancer.name}`,
  )
}

function judgeBalancer(
  watched: Watched,
  record: BalancerRecord,
  statuses: readonly BackendStatus[],
): void {
  const { balancer } = record
  const isAwake = record.awakeSinceMs !== null
  const isWhole = watched.services.every(({ name, quorum }) => {
    const serving = statuses.filter((status) => status.service === name && (status.weight ?? 0) > 0)
    return serving.filter(({ state: serverState }) => serverState !== 'failed').length >= quorum
  })
  record.shortSinceMs = isAwake && !isWhole ? (record.shortSinceMs ?? watched.nowMs()) : null
  const isLong = (sinceMs: number | null, mostMs: number) =>
    sinceMs !== null && watched.nowMs() - sinceMs > mostMs
  const taking = balancer.isKeepalivedAlive() ? balancer.priorities : []
  const best = Math.max(
    0,
    ...taking.map((vrrpPriority) => (typeof vrrpPriority === 'number' ? vrrpPriority : 0)),
  )
  const where = `${balancer.name} is at ${best} in the election`
  if (best > FAILED && isLong(record.shortSinceMs, watched.maxShortMs))
    watched.report('quorum-ignored', where)
  if (best > LOWEST && isLong(record.silentSinceMs, watched.maxBelievedMs))
    watched.report('dead-man', where)
  const isGood = balancer.isKeepalivedAlive() && isAwake && isWhole
  record.goodSinceMs = isGood ? (record.goodSinceMs ?? watched.nowMs()) : null
  record.badSinceMs = isGood ? null : (record.badSinceMs ?? watched.nowMs())
}

export function checkHolders(watched: Watched): void {
  if (watched.world === null || watched.nowMs() < watched.world.context.partitionUntilMs) {
    watched.partedMs = watched.nowMs()
    return
  }
  const mostMs = balancersSettleMs(watched.config, watched.vrrp)
  const isLong = (sinceMs: number | null) => sinceMs !== null && watched.nowMs() - sinceMs > mostMs
  if (!isLong(watched.partedMs)) return
  for (const record of watched.records) {
    if (record.balancer.holds.size === 0 || !isLong(record.badSinceMs)) continue
    const better = watched.records.find(
      (balancerRecord) => balancerRecord !== record && isLong(balancerRecord.goodSinceMs),
    )
    if (better === undefined) continue
    const names = `${record.balancer.name} has the addresses, ${better.balancer.name}`
    watched.report('wrong-balancer', `${names} could serve them better`)
  }
}

export function checkSettled(watched: Watched): void {
  for (const { balancer, members } of watched.records) {
    for (const { backend } of members) {
      const { weight } = backend.server
      for (const half of HALVES) {
        const has = balancer.ipvs.weight(half, backend.name)
        if (has === weight) continue
        const what = `${backend.name} has ${has} of ${weight} in ${half}`
        watched.report('unsettled', `${what} on ${balancer.name}`)
      }
    }
  }
  for (const [instance] of watched.world?.vrrp.entries() ?? []) {
    const holders = watched.records.filter(({ balancer }) => balancer.holds.has(instance))
    if (holders.length === 1 && holders[0] === watched.records[0]) continue
    const names = holders.map(({ balancer }) => balancer.name).join(' and ')
    watched.report('unsettled', `the virtual addresses are on ${names || 'nobody'}`)
  }
}
