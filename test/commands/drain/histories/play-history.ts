// Plays the commands of operators at a site, as they would be called, and notes what each came to.
import { writeFileSync } from 'node:fs'
import { readOrderFile, readOverride } from '../../../../src/adapters/override-file.ts'
import {
  drainHands,
  mergeWith,
  undrainHands,
  wantedOrder,
} from '../../../../src/commands/drain/operator-order.ts'
import type { Override } from '../../../../src/core/override.ts'
import type { DrainStep } from '../../../../src/drain/drain-step.ts'
import { runDrain, runUndrain } from '../../../../src/runtime/maintenance.ts'
import { RETURN, SETTLE_MS, type Site } from './override-site.ts'

export interface Command {
  readonly atMs: number
  readonly what: 'drain' | 'isolate' | 'undrain'
  readonly timeoutMs: number
  readonly forMs: number | null
  readonly interruptedAfterMs: number | null
  /** At which of the things that it does to the world it dies, and whether that one is still done. */
  readonly dies: { readonly atAction: number; readonly after: boolean } | null
}

export interface Outcome {
  readonly command: Command
  /** null for a command that died. */
  readonly code: 0 | 1 | null
  readonly endedMs: number
  /** What it gave, or would have given. */
  readonly order: Override | null
  /** It said that what was in force already was as much. */
  readonly isEnough: boolean
  readonly steps: readonly DrainStep[]
}

/** A lock whose holder is dead: it died between taking it and giving it up. */
const DEAD_LOCK = '{"pid":1,"startTicks":"1","bootId":"another boot"}'

export async function call(site: Site, command: Command): Promise<Outcome> {
  const { clock, path } = site
  const { what, forMs, timeoutMs, interruptedAfterMs, dies } = command
  const steps: DrainStep[] = []
  const interruptMs = clock.nowMs() + (interruptedAfterMs ?? Number.POSITIVE_INFINITY)
  let actions = 0
  let died: (outcome: null) => void = () => {}
  const death = new Promise<null>((resolve) => {
    died = resolve
  })

  /** Nothing comes after a action at which the command dies. */
  function mortal<A extends unknown[], R>(act: (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      actions += 1
      if (actions !== dies?.atAction) return act(...args)
      if (dies.after) await act(...args)
      writeFileSync(`${path}.lock`, DEAD_LOCK)
      died(null)
      return new Promise<never>(() => {})
    }
  }

  const shared = {
    clock,
    look: mortal(async () => site.look()),
    tell: (step: DrainStep) => void steps.push(step),
    isCancelled: () => clock.nowMs() >= interruptMs,
  }
  const end = (code: Outcome['code'], order: Override | null, isEnough = false): Outcome => {
    return { command, code, order, isEnough, steps, endedMs: clock.nowMs() }
  }

  if (what === 'undrain') {
    const { publish, lift } = undrainHands(path, readOverride(path))
    const ports = { ...shared, publish: mortal(publish), lift: mortal(lift), warm: async () => '' }
    const done = await Promise.race([runUndrain({ ...RETURN, timeoutMs }, ports), death])
    return end(done === null ? null : done ? 0 : 1, null)
  }
  const found = readOrderFile(path)
  const mode = what === 'isolate' ? 'isolated' : 'drained'
  const given = {
    wallMs: clock.wallMs(),
    bootId: clock.bootId,
    bootMs: clock.bootMs(),
    isClockSet: true,
  }
  const wanted = wantedOrder({ mode, reason: '', forMs }, given)
  const merged = mergeWith(found, wanted)
  if (merged.kind === 'enough') return end(0, wanted, true)
  if (merged.kind === 'refused') return end(1, null)
  const { override } = merged
  const { publish, confirm, restore, meanwhile } = drainHands(path, found, override)
  const plan = {
    server: 's1',
    mode: override.mode,
    isIsolated: found.override?.mode === 'isolated',
    instances: ['one'],
    orders: new Map([['one', ['s1', 's2']]]),
    timeoutMs,
    settleMs: SETTLE_MS,
    forced: false,
    alone: false,
  } as const
  const ports = {
    ...shared,
    publish: mortal(publish),
    confirm: mortal(confirm),
    restore: mortal(restore),
    meanwhile,
    prove: mortal(async () =>
      site.othersServe()
        ? ({ ok: true, text: 's2 answers' } as const)
        : ({ ok: false, why: 's2 does not answer' } as const),
    ),
  }
  const done = await Promise.race([runDrain(plan, ports), death])
  return end(done === null ? null : done ? 0 : 1, override)
}
