// The demo's servers and its client, and the scene that is drawn from them.

import type { StatusDocument } from '../../src/documents/status-document.ts'
import { worstServerState } from '../../src/documents/status-summary.ts'
import { priorityText } from '../../src/documents/text.ts'
import type { RunningClient } from '../../test/lab/client.ts'
import type { ClientReport } from '../../test/lab/client-report.ts'
import type { Lab } from '../../test/lab/lab.ts'
import type { LabServer } from '../../test/lab/server.ts'
import {
  type Act,
  type Count,
  holderText,
  type Note,
  type Scene,
  type ServerView,
  secondsOf,
  type Tone,
} from './scene.ts'
import { costsOf, type Happening } from './summary.ts'

/** Enough to see every loss, and little enough for a small machine. */
const RATE_PER_S = 200
const LOST_AFTER_MS = 500
const LOOK_EVERY_MS = 50
const CEILING_MS = 60_000
/** After a change, until each query that it may have cost is known to be answered or lost. */
const COUNTED_AFTER_MS = LOST_AFTER_MS + 300

export interface Stage {
  readonly lab: Lab
  scene(): Scene
  /** Begins the next part of the show. */
  act(title: string, explanation: string): void
  explain(explanation: string): void
  note(tone: Tone, text: string): void
  /** The server that holds the service addresses alone, or null. */
  holder(): LabServer | null
  view(server: LabServer): ServerView
  freeze(server: LabServer): void
  thaw(server: LabServer): void
  /** Waits for a condition; fails after a minute with `what`. */
  until(condition: () => boolean, what: string): Promise<void>
  rest(ms: number): Promise<void>
  /** What the act that is on has cost so far, once that is certain. */
  cost(): Promise<string>
  /** Ends the client. */
  finish(): Promise<{ readonly happenings: readonly Happening[]; readonly report: ClientReport }>
}

export interface StageOptions {
  readonly actCount: number
  readonly onNote: (note: Note) => void
}

/** Begins to ask and to look; `lab` has been started. */
export async function setStage(lab: Lab, { actCount, onNote }: StageOptions): Promise<Stage> {
  const startMs = Date.now()
  const counts: Count[] = []
  const notes: Note[] = []
  const acts: (Act & { readonly wallMs: number })[] = []
  const ended: string[] = []
  const frozen = new Set<string>()
  const client = await startClient(lab, (count) =>
    counts.push({ ...count, atMs: count.atMs - startMs }),
  )

  const view = (server: LabServer) => viewOf(lab, server, frozen)
  const holder = () => {
    const [only, ...others] = lab.servers.filter((server) => view(server).holds)
    return others.length === 0 ? (only ?? null) : null
  }
  const stage: Stage = {
    lab,
    view,
    holder,
    scene: () => ({
      elapsedMs: Date.now() - startMs,
      ratePerS: RATE_PER_S,
      addresses: lab.addresses,
      servers: lab.servers.map(view),
      seconds: secondsOf(counts),
      notes,
      acts,
      actCount,
    }),
    act(title, explanation) {
      if (acts.length > 0) ended.push(holderText(lab.servers.map(view)))
      const wallMs = Date.now()
      acts.push({ number: acts.length + 1, atMs: wallMs - startMs, wallMs, title, explanation })
      stage.note('act', `${title}: ${explanation}`)
    },
    explain(explanation) {
      const last = acts.pop()
      if (last !== undefined) acts.push({ ...last, explanation })
      stage.note('good', explanation)
    },
    note(tone, text) {
      const note = { atMs: Date.now() - startMs, tone, text }
      notes.push(note)
      onNote(note)
    },
    freeze(server) {
      frozen.add(server.name)
      server.named.freeze()
    },
    thaw(server) {
      frozen.delete(server.name)
      server.named.cont()
    },
    async until(condition, what) {
      const deadlineMs = Date.now() + CEILING_MS
      while (!condition()) {
        if (Date.now() > deadlineMs) throw new Error(`a minute has passed without this: ${what}`)
        await Bun.sleep(LOOK_EVERY_MS)
      }
    },
    rest: (ms) => Bun.sleep(ms),
    async cost() {
      await Bun.sleep(COUNTED_AFTER_MS)
      const report = await client.interim()
      const times = acts.map(({ wallMs }) => ({ atMs: wallMs }))
      return costText(costsOf(times, report).at(-1) ?? { lost: 0, gapMs: 0 })
    },
    async finish() {
      watcher.stop()
      ended.push(holderText(lab.servers.map(view)))
      const report = await client.stop()
      const happenings = acts.map(({ wallMs, title }, index) => ({
        atMs: wallMs,
        title,
        holder: ended[index] ?? '',
      }))
      return { happenings, report }
    },
  }
  const watcher = watchServers(stage)
  return stage
}

function startClient(lab: Lab, onLive: (count: Count) => void): Promise<RunningClient> {
  return lab.client.start({ ratePerS: RATE_PER_S, timeoutMs: LOST_AFTER_MS, onLive })
}

function costText({ lost, gapMs }: { readonly lost: number; readonly gapMs: number }): string {
  if (lost === 0) return 'no query was lost'
  const queries = lost === 1 ? '1 query was lost' : `${lost} queries were lost`
  return `answered again after ${gapMs.toFixed(0)} ms, ${queries}`
}

/** Tells what the servers change their minds about, and where the addresses go. */
function watchServers(stage: Stage): { stop(): void } {
  const said = new Map<string, string>()
  let held = stage.holder()?.name ?? ''
  const look = (tell: boolean) => {
    for (const server of stage.lab.servers) {
      const { state: serverState, priority, reason } = stage.view(server)
      if (said.get(server.name) === serverState) continue
      said.set(server.name, serverState)
      const why = serverState === 'failed' ? `: ${reason}` : ''
      const tone = serverState === 'failed' ? 'bad' : 'plain'
      const is = serverState === 'probation' ? 'on probation' : serverState
      if (tell) stage.note(tone, `${server.name} is ${is}, priority ${priority}${why}`)
    }
    const holder = stage.holder()?.name
    if (holder === undefined || holder === held) return
    held = holder
    stage.note('plain', `${holder} holds the service address`)
  }
  look(false)
  const timer = setInterval(() => look(true), LOOK_EVERY_MS)
  return {
    stop() {
      look(true)
      clearInterval(timer)
    },
  }
}

function viewOf(lab: Lab, server: LabServer, frozen: ReadonlySet<string>): ServerView {
  const { name } = server
  const running = server.named.running ? 'running' : 'stopped'
  const holds = lab.addresses.every((address) => lab.observer.holders(address).includes(name))
  const named = frozen.has(name) ? 'frozen' : running
  const status = statusOf(server)
  if (status === null)
    return { name, named, holds, health: '-', state: '-', priority: '-', reason: 'no status' }
  const [instance] = status.instances
  return {
    name,
    named,
    holds,
    health: status.health,
    state: instance?.state ?? worstServerState(status),
    priority: instance === undefined ? '-' : priorityText(instance.priority),
    reason: reasonOf(status),
  }
}

/** The daemon replaces the file as a whole, so that a reader never sees half of one. */
function statusOf(server: LabServer): StatusDocument | null {
  try {
    return server.status() as StatusDocument
  } catch {
    return null
  }
}

/** The first reason without its explanation, and how many there are besides. */
function reasonOf(status: StatusDocument): string {
  const [first, ...others] = status.reasons
  if (first === undefined) return `answers at all ${status.endpoints.length} endpoints`
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  return `${first.replace(/ \(.*$/, '')}${more}`
}
