// `holdfast drain`: lowers this server, proves that another one serves, and only then says done.
import { mayOverride, type OrderFile, readOrderFile } from '../../adapters/override-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import type { Config } from '../../config/config.ts'
import { suggest } from '../../config/text/suggest.ts'
import { parseIp } from '../../config/values/ip.ts'
import { isAnswered } from '../../core/outcome.ts'
import type { Override } from '../../core/override.ts'
import { byRank } from '../../core/rank.ts'
import type { Peer } from '../../documents/peers-document.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import type { DrainPlan, Proof } from '../../drain/drain-sequence.ts'
import { failed, note, ok } from '../../drain/drain-step.ts'
import {
  otherBalancers,
  poolsOf,
  proofOfBalancer,
  questionsAt,
  type Successors,
  successorsIn,
} from '../../drain/peers.ts'
import { settleMs } from '../../keepalived/election.ts'
import { runDrain } from '../../runtime/maintenance.ts'
import { queryPeers } from '../../runtime/query-peers.ts'
import { DRAIN } from '../operating-definitions.ts'
import { createEnvironment, type DrainEnvironment } from './drain-environment.ts'
import { givenNow, readTimes, wantedOrder } from './drain-options.ts'
import { createReport, onInterrupt, type Report } from './drain-report.ts'
import { drainHands, mergeWith } from './order-hands.ts'

type DrainArguments = Arguments<typeof DRAIN>

/** What the flags ask for, all values read. */
interface DrainRequest {
  readonly timeoutMs: number
  readonly forMs: number | null
  readonly instances: readonly string[] | undefined
}

const DEFAULT_TIMEOUT_MS = 30_000

export async function run({ flags }: DrainArguments, io: Io): Promise<number> {
  if (flags.backend !== undefined) {
    const { drainBackend } = await import('./drain-backend.ts')
    return drainBackend(flags, flags.backend, io)
  }
  const config = configFor('drain', flags.config, io)
  if (typeof config === 'number') return config
  const request = readRequest(flags, config)
  if (typeof request === 'string') return usageError(DRAIN, request, io)
  const world = createEnvironment(config)
  const report = createReport(world.clock, flags.json, io)
  const { overridePath, clock } = world
  const found = readOrderFile(overridePath)
  const mode = flags.isolate ? 'isolated' : 'drained'
  const given = await givenNow(clock, request.forMs)
  const wanted = wantedOrder({ ...request, mode, reason: flags.reason }, given)
  const merged = mergeWith(found, wanted)
  if (merged.kind === 'enough') {
    report.tell(note('enough', `it is ${overrideText(merged.override)}: nothing to do`))
    return EXIT.ok
  }
  const refusal = merged.kind === 'refused' ? merged.why : whyNotWritable(overridePath, found)
  if (merged.kind === 'refused' || refusal !== null) {
    report.tell(failed('refused', refusal ?? ''))
    return EXIT.failed
  }
  const { override } = merged
  const names = override.instances ?? allInstances(config)
  const successors = await askPeers(world, config, names, report)
  if (!successors.ok) {
    const text = `${successors.why}; ${successors.remedy}`
    report.tell(
      flags.force
        ? note('peers', `${successors.why}; going on, as --force wants it`)
        : failed('refused', text),
    )
    if (!flags.force) return EXIT.failed
  }
  if (flags['dry-run']) {
    report.tell(note('dry-run', `would be ${overrideText(override)}; nothing was changed`))
    return EXIT.ok
  }
  const plan: DrainPlan = {
    server: config.server.name,
    mode: override.mode,
    isIsolated: found.override?.mode === 'isolated',
    instances: names,
    orders: ordersByInstance(config, world),
    timeoutMs: request.timeoutMs,
    settleMs: settleMs(config.election),
    forced: flags.force,
    alone: !successors.ok,
  }
  const cancellation = onInterrupt()
  const done = await runDrain(plan, {
    ...drainHands(overridePath, found, override),
    clock,
    look: world.look,
    tell: report.tell,
    isCancelled: cancellation.isCancelled,
    prove: () => prove(world, config, names),
  })
  cancellation.end()
  if (!done) return EXIT.failed
  report.tell(ok('done', doneText(config, override, report.tookMs)))
  return EXIT.ok
}

/** An order that cannot be read could not be put back, should the drain fail. */
function whyNotWritable(path: string, { override, text }: OrderFile): string | null {
  if (override !== null && text === null)
    return `${override.corrupt}; "holdfast undrain" takes it away`
  const allowed = mayOverride(path)
  return allowed.ok ? null : allowed.error
}

function doneText(config: Config, override: Override, tookMs: number): string {
  const until =
    override.untilWallMs === null
      ? 'until "holdfast undrain"'
      : `until ${new Date(override.untilWallMs).toISOString()}`
  const what = override.instances === undefined ? '' : ` in ${override.instances.join(', ')}`
  return `${config.server.name} is ${override.mode}${what} after ${durationText(tookMs)}, ${until}`
}

function readRequest(flags: DrainArguments['flags'], config: Config): DrainRequest | string {
  const times = readTimes(flags, DEFAULT_TIMEOUT_MS)
  if (typeof times === 'string') return times
  const known = allInstances(config)
  const instances = flags.instance?.split(',').filter((name) => name !== '')
  const unknown = instances?.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const nearest = suggest(unknown, known)
    const advice = nearest === null ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`
    return `there is no instance "${unknown}"; ${advice}`
  }
  if (instances?.length === 0) return '--instance names none'
  return { ...times, instances: instances?.length === known.length ? undefined : instances }
}

async function askPeers(
  world: DrainEnvironment,
  config: Config,
  instances: readonly string[],
  report: Report,
): Promise<Successors> {
  if (config.balancer !== null) return otherBalancers(config, world.orders(), instances)
  const successors = successorsIn(await world.peers(), poolsOf(config, instances))
  if (successors.ok)
    report.tell(
      ok('peers', `able to take over, by their own addresses: ${successors.servers.join(', ')}`),
    )
  return successors
}

/** A healthy peer on its own address; where the service addresses are not local, they as well. */
async function prove(
  world: DrainEnvironment,
  config: Config,
  instances: readonly string[],
): Promise<Proof> {
  if (config.balancer !== null) return proofOfBalancer((await world.look()).election)
  const peers: readonly Peer[] = await world.peers()
  const successors = successorsIn(peers, poolsOf(config, instances))
  if (!successors.ok) return { ok: false, why: successors.why }
  const answering = `${successors.servers.join(' and ')} ${successors.servers.length === 1 ? 'answers' : 'answer'}`
  if (config.addresses.standing) return { ok: true, text: answering }
  const addresses = config.pools
    .flatMap((pool) => pool.instances)
    .filter((instance) => instances.includes(instance.name))
    .flatMap((instance) =>
      instance.addresses.map((address) => ({ address, family: parseIp(address)?.family ?? 4 })),
    )
  const answers = await queryPeers(questionsAt(config, addresses), {
    clock: world.clock,
    prober: world.remote,
  })
  const bad = answers.find((answer) => !isAnswered(answer.outcome))
  if (bad !== undefined)
    return {
      ok: false,
      why: `the service address does not answer: ${bad.transport}/${bad.address} ${bad.outcome}`,
    }
  return { ok: true, text: `${answering}, and so do the service addresses` }
}

function ordersByInstance(config: Config, world: DrainEnvironment): Map<string, readonly string[]> {
  const orders = world.orders()
  return new Map(
    config.pools.flatMap((pool) => {
      const order = orders.get(pool.name) ?? []
      return pool.instances.map(({ name, direction }) => [name, byRank(order, direction)] as const)
    }),
  )
}

function allInstances(config: Config): readonly string[] {
  return config.pools.flatMap((pool) => pool.instances.map((instance) => instance.name))
}
