// A server on a virtual clock whose orders are real files: what drain, undrain and the daemon's return see and do.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readOverride } from '../../../../src/adapters/override-file.ts'
import { undrainHands } from '../../../../src/commands/drain/operator-order.ts'
import type { Config } from '../../../../src/config/config.ts'
import type { Override } from '../../../../src/core/override.ts'
import type { Observation } from '../../../../src/drain/observation.ts'
import type { UndrainPlan } from '../../../../src/drain/undrain-sequence.ts'
import type { Clock } from '../../../../src/ports.ts'
import { createCaretaker } from '../../../../src/runtime/caretaker.ts'
import { createAgenda } from '../../../../src/simulate/agenda.ts'
import { observationAt, router } from '../../../drain/observations.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

/** Something that changes without any command. */
export interface Change {
  readonly atMs: number
  /** Whether another server takes over what is given up here. */
  readonly others: boolean
  /** Whether the daemon runs. */
  readonly daemon: boolean
  /** Whether keepalived follows what is published. */
  readonly follows: boolean
  /** How far the wall clock is from the right time. */
  readonly wallErrorMs: number
}

export interface Site {
  readonly path: string
  readonly clock: Clock
  readonly changes: readonly Change[]
  look(): Observation
  othersServe(): boolean
  /** Lets time pass, one event of the clock after the other. */
  run(untilMs: number): Promise<void>
  /** Orders that the daemon has ended, and how long they have lasted. */
  readonly ended: readonly { readonly order: Override; readonly lastedMs: number }[]
  /** What the daemon has logged. */
  readonly said: readonly string[]
  end(): void
}

const WALL_MS = Date.UTC(2026, 10, 21)
export const SETTLE_MS = 500

export const RETURN: UndrainPlan = {
  server: 's1',
  instances: ['one'],
  rise: 1,
  settleMs: SETTLE_MS,
  timeoutMs: Number.POSITIVE_INFINITY,
  noWait: false,
  keepFailbackDelay: false,
  warm: false,
}

/** @param isFull whether the disk refuses what the daemon writes at that time */
export function createSite(
  changes: readonly Change[],
  first: string | null,
  isFull = (_nowMs: number) => false,
): Site {
  const said: string[] = []
  const folder = temporaryFolder()
  const path = join(folder.path, 'override.json')
  if (first !== null) writeFileSync(path, first)
  const agenda = createAgenda()
  let nowMs = 0
  const now = () => changes.findLast(({ atMs }) => atMs <= nowMs)
  const clock: Clock = {
    nowMs: () => nowMs,
    wallMs: () => WALL_MS + nowMs + (now()?.wallErrorMs ?? 0),
    bootMs: () => nowMs,
    bootId: 'this-boot',
    wakeAt(atMs, wake) {
      let isOff = false
      agenda.add(Math.max(atMs, nowMs), () => (isOff ? undefined : wake()))
      return () => {
        isOff = true
      }
    },
  }
  const othersServe = () => now()?.others ?? true

  function look(): Observation {
    const override = readOverride(path)
    const priority = { none: 250, drained: 30, isolated: 'fault' }[override?.mode ?? 'none']
    const isOut = override?.mode === 'isolated' && now()?.follows !== false
    const isHere = !isOut && (override === null || !othersServe())
    const elsewhere = isOut ? router('fault', 0, false) : router('backup', 200)
    return observationAt(nowMs, {
      priority: now()?.daemon === false ? null : (priority as number | 'fault'),
      routers: [isHere ? router('master', 30, false) : elsewhere],
      here: isHere ? ['one'] : [],
      override,
    })
  }

  const ended: { order: Override; lastedMs: number }[] = []
  const caretaker = createCaretaker({ cacheWarming: { namesFile: null } } as Config, {
    clock,
    log: { line: (level, text) => void said.push(`${level} ${text}`) },
    prober: { ask: () => Promise.reject(new Error('nothing is asked here')) },
    readNames: () => Promise.resolve({ ok: false, error: 'there are no files here' }),
    askClock: () => Promise.resolve(true),
    readOverride: () => (now()?.daemon === false ? null : readOverride(path)),
    hold(order) {
      const { publish, lift } = undrainHands(path, order)
      const note = () => ended.push({ order, lastedMs: nowMs - (order.given?.bootMs ?? 0) })
      return {
        publish(softer) {
          note()
          return publish(softer)
        },
        async lift() {
          if (isFull(nowMs)) return { ok: false, error: 'the disk is full' }
          note()
          return lift()
        },
      }
    },
    looker: () => () => Promise.resolve(look()),
    planOf: () => RETURN,
  })

  return {
    path,
    clock,
    changes,
    look,
    othersServe,
    ended,
    said,
    async run(untilMs) {
      while (agenda.nextMs() <= untilMs) {
        nowMs = agenda.nextMs()
        agenda.take()()
        await new Promise((resolve) => setImmediate(resolve))
      }
      nowMs = untilMs
    },
    end() {
      caretaker.stop()
      folder[Symbol.dispose]()
    },
  }
}
