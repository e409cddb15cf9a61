// One run as a timeline: what the world told of itself, gathered into stretches.
import {
  type Stretch,
  type Timeline,
  timelinePicture,
  type Worth,
} from '../view/simulation/timeline-picture.ts'
import { type Experiment, tasksOf } from './experiment.ts'
import type { Fault } from './fault.ts'
import { runTask, type Task } from './task.ts'
import type { VrrpPriority } from './vrrp.ts'
import type { WorldEvent } from './world.ts'

/** The point of a curve that says most: where rivals flap, and nothing is hopeless. */
const TELLING_PERCENT = 20

/** The picture of the first policy's first run through the first scenario. */
export function drawTimeline(experiment: Experiment): string {
  const { studies, policies } = experiment
  const [study] = studies
  const [policy] = policies
  if (study === undefined || policy === undefined) throw new Error('nothing was simulated')
  const point = study.points.find(({ ratePercent }) => ratePercent === TELLING_PERCENT)
  const chosen = point ?? study.points[Math.floor(study.points.length / 2)]
  const points = chosen === undefined ? [] : [chosen]
  const narrowed = { ...experiment, studies: [{ ...study, points }], policies: [policy] }
  const [task] = tasksOf(narrowed)
  if (task === undefined) throw new Error('nothing was simulated')
  const rate = chosen?.ratePercent ?? null
  const subtitle = `${study.summary}${rate === null ? '' : `; here ${rate} %`}; seed ${task.seed}`
  return timelinePicture(recordTimeline(task, `${policy.name}, ${study.name}`, subtitle))
}

/** Runs a task and gathers what happened. */
export function recordTimeline(task: Task, title: string, subtitle: string): Timeline {
  const { servers, endMs } = task
  const names = Array.from({ length: servers }, (_, index) => `s${index + 1}`)
  const instances = task.config.clusters.flatMap((cluster) =>
    cluster.instances.map(({ name }) => name),
  )
  const holders = new Map(instances.map((name) => [name, [] as Stretch<number>[]]))
  const held = new Map<string, number>()
  const worth = names.map(() => [] as Stretch<Worth>[])
  const now = names.map((): Stretch<Worth> => ({ fromMs: 0, toMs: 0, what: 'silent' }))
  const faults: { readonly atMs: number; readonly fault: Fault }[] = []

  function onHolder({ atMs, instance, server, holds }: Extract<WorldEvent, { kind: 'holder' }>) {
    const key = `${instance} ${server}`
    const fromMs = held.get(key)
    if (holds) held.set(key, atMs)
    else if (fromMs !== undefined) {
      held.delete(key)
      holders.get(instance)?.push({ fromMs, toMs: atMs, what: names.indexOf(server) })
    }
  }

  function onPriority({
    atMs,
    instance,
    server,
    priority,
  }: Extract<WorldEvent, { kind: 'priority' }>) {
    if (instance !== instances[0]) return
    const index = names.indexOf(server)
    const before = now[index] as Stretch<Worth>
    const what = worthOf(priority, task.policy.kind)
    if (before.what === what) return
    if (atMs > before.fromMs) worth[index]?.push({ ...before, toMs: atMs })
    now[index] = { fromMs: atMs, toMs: atMs, what }
  }

  runTask(task, {
    onEvent(event) {
      if (event.kind === 'holder') onHolder(event)
      else if (event.kind === 'priority') onPriority(event)
      else if (!event.ends) faults.push(event)
    },
  })
  for (const [key, fromMs] of held) {
    const [instance = '', server = ''] = key.split(' ')
    holders.get(instance)?.push({ fromMs, toMs: endMs, what: names.indexOf(server) })
  }
  for (const [index, last] of now.entries()) worth[index]?.push({ ...last, toMs: endMs })
  const spans = faults.flatMap(({ atMs, fault }) => stretchOf(atMs, fault, endMs))
  return {
    title,
    subtitle,
    endMs,
    servers: names.map((name, index) => ({
      name,
      worth: worth[index] ?? [],
      faults: spans.filter(({ server }) => server === index),
    })),
    instances: instances.map((name) => ({ name, holders: holders.get(name) ?? [] })),
    faults: spans.filter(({ server }) => server === null),
  }
}

interface FaultSpan extends Stretch<string> {
  /** null for faults of the network as a whole. */
  readonly server: number | null
}

function stretchOf(atMs: number, fault: Fault, endMs: number): FaultSpan[] {
  const server = 'server' in fault ? fault.server : null
  if (fault.kind === 'errors') {
    if (fault.rate === 0) return []
    const burst = fault.burstMs === null ? '' : ' in bursts'
    const what = `${Math.round(fault.rate * 1000) / 10} % of queries lost${burst}`
    return [{ server, fromMs: atMs, toMs: endMs, what }]
  }
  const forMs = 'forMs' in fault ? fault.forMs : 0
  return [{ server, fromMs: atMs, toMs: Math.min(endMs, atMs + forMs), what: fault.kind }]
}

/** What a priority says of a server; rivals know but two kinds, in service and out of it. */
function worthOf(priority: VrrpPriority, kind: Task['policy']['kind']): Worth {
  if (priority === 'off') return 'silent'
  if (priority === 'fault') return 'isolated'
  if (kind === 'rival') return priority > 50 ? 'healthy' : 'failed'
  if (priority >= 60) return 'healthy'
  switch (priority) {
    case 55:
      return 'probation'
    case 50:
      return 'degraded'
    case 30:
      return 'drained'
    default:
      // 10, or what keepalived makes of a check that fails.
      return 'failed'
  }
}
