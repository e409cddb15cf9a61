// What must hold around a pair of balancers, and a watch that takes note of where it does not. Pure.
import { backendsOf } from '../../../src/balancer/backend.ts'
import type { BalancedService } from '../../../src/config/balancer/balancer-config.ts'
import type { Config } from '../../../src/config/config.ts'
import type { BackendStatus } from '../../../src/documents/status.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import type { SimulatedBalancer } from './balancer.ts'
import { balancersSettleMs, believedMs, ORDER_MS, outMs, verdictMs } from './bounds.ts'
import { HALVES, type Half, maxAppliedMs } from './ipvs.ts'
import { createMember, type Member, type MemberRule } from './member.ts'
import type { SimulatedServer } from './real-server.ts'
import type { BalancersEvent, BalancersWorld } from './world.ts'

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

export interface BalancersViolation {
  readonly atMs: number
  readonly rule: BalancersRule
  readonly sentence: string
}

/** Watches one world from its start. */
export interface BalancersWatch {
  readonly violations: readonly BalancersViolation[]
  /** To be given to the world that is watched. */
  readonly onEvent: (event: BalancersEvent) => void
  readonly onStep: () => void
  /** To be called before the world runs. */
  attach(world: BalancersWorld): void
  /** Looks at the whole world; to be called every simulated second or so. */
  audit(): void
  /** The last fault is long enough ago. */
  checkSettled(): void
}

/** One balancer with all that is known of it. */
interface Post {
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

/** What a failed server has in the election, at most. */
const FAILED = 10
/** What one has whose word is not believed. */
const LOWEST = 1

export function createBalancersWatch(config: Config, vrrp: VrrpOptions): BalancersWatch {
  const violations: BalancersViolation[] = []
  const services = config.balancer?.services ?? []
  const liftedMs = new Map<string, number>()
  let posts: readonly Post[] = []
  let world: BalancersWorld | null = null
  let partedMs = Number.NEGATIVE_INFINITY

  const nowMs = () => world?.nowMs() ?? 0
  const files = services.reduce((sum, { servers }) => sum + servers.length, 0)
  const mostShortMs = verdictMs(config)
  const mostBelievedMs = believedMs(config)
  const orderAppliedMs = ORDER_MS + maxAppliedMs(files)

  function report(rule: BalancersRule, sentence: string): void {
    violations.push({ atMs: nowMs(), rule, sentence })
  }

  function newPost(balancer: SimulatedBalancer, servers: readonly SimulatedServer[]): Post {
    const members = backendsOf(config.balancer as NonNullable<Config['balancer']>).map(
      (backend) => {
        const server = servers.find(({ name }) => name === backend.server.name)
        if (server === undefined) throw new Error(`there is no real server ${backend.server.name}`)
        return createMember(backend, { config, balancer, server, files, nowMs, report })
      },
    )
    const never = { goodSinceMs: null, badSinceMs: null, shortSinceMs: null }
    const life = { life: -1, lifeSinceMs: 0, awakeSinceMs: null, silentSinceMs: null }
    return { balancer, members, isTouched: false, ...life, ...never }
  }

  function membersOf(post: Post, service: BalancedService): readonly Member[] {
    return post.members.filter(({ backend }) => backend.service.name === service.name)
  }

  function onEvent(event: BalancersEvent): void {
    if (event.kind === 'fault') {
      noteFault(event)
      return
    }
    const post = posts[event.balancer]
    if (post === undefined) return
    switch (event.kind) {
      case 'weight':
        post.isTouched = true
        for (const member of post.members)
          if (member.backend.name === event.backend) member.written(event.weight, event.byDaemon)
        return
      case 'table':
      case 'holder':
        post.isTouched = true
        return
      case 'answer':
        for (const member of post.members)
          if (member.backend.name === event.backend) member.answered(event.target)
        return
      default:
        event satisfies never
    }
  }

  /** What has ended was no steady failure, and an order that was lifted is not obeyed at once. */
  function noteFault({ fault, ends }: Extract<BalancersEvent, { kind: 'fault' }>): void {
    if (!ends) return
    const hung = fault.kind === 'daemon-hang' ? posts[fault.balancer] : undefined
    if (hung?.balancer.machine.isHung() === false) {
      hung.awakeSinceMs = nowMs()
      hung.silentSinceMs = null
    }
    for (const { members } of posts) for (const member of members) member.recovered()
    if (fault.kind !== 'drain' || world === null) return
    for (const name of world.context.backendsOf(fault.server)) liftedMs.set(name, nowMs())
  }

  function look(post: Post): void {
    const { machine } = post.balancer
    if (post.life !== machine.life()) {
      post.life = machine.life()
      post.lifeSinceMs = nowMs()
    }
    const isAwake = machine.isAlive() && !machine.isHung()
    post.awakeSinceMs = isAwake ? (post.awakeSinceMs ?? nowMs()) : null
    post.silentSinceMs = isAwake ? null : (post.silentSinceMs ?? nowMs())
    for (const member of post.members) member.look()
    const statuses = new Map(machine.statuses().map((status) => [status.backend, status]))
    judgeBalancer(post, [...statuses.values()])
    for (const service of services) {
      compareWeights(post, service, statuses)
      for (const half of HALVES) checkPool(post, service, half)
    }
  }

  /** When all have failed that nobody took out, and nobody is sorry, they are all that is left. */
  function compareWeights(
    post: Post,
    service: BalancedService,
    statuses: ReadonlyMap<string, BackendStatus>,
  ): void {
    const members = membersOf(post, service)
    const inRace = members.flatMap(({ backend }) => {
      const status = statuses.get(backend.name)
      // One whose order was lifted while the process was stopped is out until it is judged anew.
      const isOut = status?.override !== null || status.standing === 'drained'
      return status === undefined || isOut ? [] : [status]
    })
    const isLost = inRace.every(({ standing, weight }) => standing === 'failed' && weight !== null)
    for (const member of members) {
      const status = statuses.get(member.backend.name)
      if (status === undefined) continue
      const isLastResort = isLost && service.sorry.length === 0 && status.override === null
      member.compare(status, isLastResort)
    }
  }

  function checkPool(post: Post, service: BalancedService, half: Half): void {
    const { balancer, lifeSinceMs, awakeSinceMs } = post
    const { ipvs, machine } = balancer
    const members = membersOf(post, service)
    if (ipvs.readySinceMs() === null || ipvs.isSorry(half, service.name)) return
    if (members.some(({ backend }) => (ipvs.weight(half, backend.name) ?? 0) > 0)) return
    // What a dead daemon has left behind is for the rules about members.
    if (awakeSinceMs === null || nowMs() - awakeSinceMs <= orderAppliedMs) return
    const inRace = members.filter(({ backend: { name } }) => {
      const sinceMs = nowMs() - (liftedMs.get(name) ?? Number.NEGATIVE_INFINITY)
      return !machine.orders.has(name) && sinceMs > orderAppliedMs
    })
    const isUndecided = members.some((member) => !member.isPublished())
    const isYoung = nowMs() - lifeSinceMs <= outMs(config, files)
    if (inRace.length === 0 || isUndecided || isYoung) return
    report('pool-emptied', `nobody is in the ${half} half of ${service.name} on ${balancer.name}`)
  }

  function judgeBalancer(post: Post, statuses: readonly BackendStatus[]): void {
    const { balancer } = post
    const isAwake = post.awakeSinceMs !== null
    const isWhole = services.every(({ name, quorum }) => {
      const serving = statuses.filter((it) => it.service === name && (it.weight ?? 0) > 0)
      return serving.filter(({ standing }) => standing !== 'failed').length >= quorum
    })
    post.shortSinceMs = isAwake && !isWhole ? (post.shortSinceMs ?? nowMs()) : null
    const isLong = (sinceMs: number | null, mostMs: number) =>
      sinceMs !== null && nowMs() - sinceMs > mostMs
    const taking = balancer.isKeepalivedAlive() ? balancer.priorities : []
    const best = Math.max(0, ...taking.map((it) => (typeof it === 'number' ? it : 0)))
    const where = `${balancer.name} is at ${best} in the election`
    if (best > FAILED && isLong(post.shortSinceMs, mostShortMs)) report('quorum-ignored', where)
    if (best > LOWEST && isLong(post.silentSinceMs, mostBelievedMs)) report('dead-man', where)
    const isGood = balancer.isKeepalivedAlive() && isAwake && isWhole
    post.goodSinceMs = isGood ? (post.goodSinceMs ?? nowMs()) : null
    post.badSinceMs = isGood ? null : (post.badSinceMs ?? nowMs())
  }

  function checkHolders(): void {
    if (world === null || nowMs() < world.context.partitionUntilMs) {
      partedMs = nowMs()
      return
    }
    const mostMs = balancersSettleMs(config, vrrp)
    const isLong = (sinceMs: number | null) => sinceMs !== null && nowMs() - sinceMs > mostMs
    if (!isLong(partedMs)) return
    for (const post of posts) {
      if (post.balancer.holds.size === 0 || !isLong(post.badSinceMs)) continue
      const better = posts.find((it) => it !== post && isLong(it.goodSinceMs))
      if (better === undefined) continue
      const names = `${post.balancer.name} has the addresses, ${better.balancer.name}`
      report('wrong-balancer', `${names} could serve them better`)
    }
  }

  function checkSettled(): void {
    for (const { balancer, members } of posts) {
      for (const { backend } of members) {
        const { weight } = backend.server
        for (const half of HALVES) {
          const has = balancer.ipvs.weight(half, backend.name)
          if (has === weight) continue
          const what = `${backend.name} has ${has} of ${weight} in ${half}`
          report('unsettled', `${what} on ${balancer.name}`)
        }
      }
    }
    for (const [instance] of world?.vrrp.entries() ?? []) {
      const holders = posts.filter(({ balancer }) => balancer.holds.has(instance))
      if (holders.length === 1 && holders[0] === posts[0]) continue
      const names = holders.map(({ balancer }) => balancer.name).join(' and ')
      report('unsettled', `the virtual addresses are on ${names || 'nobody'}`)
    }
  }

  return {
    violations,
    onEvent,
    onStep() {
      for (const post of posts) {
        if (!post.isTouched) continue
        post.isTouched = false
        look(post)
      }
    },
    attach(it) {
      world = it
      posts = it.balancers.map((balancer) => newPost(balancer, it.servers))
    },
    audit() {
      for (const post of posts) look(post)
      checkHolders()
    },
    checkSettled,
  }
}
