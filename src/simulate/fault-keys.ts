// The keys that each kind of fault is written with, in scenario files and in text, and the fault that they make.
import type { Fault, FaultKind } from './fault.ts'

/** Steady losses have a table of their own. */
export type TimedKind = Exclude<FaultKind, 'errors'>

/** Each key, with the field of a fault that it stands for. */
export const FIELDS = {
  server: 'server',
  for: 'forMs',
  times: 'times',
  split: 'split',
  order: 'order',
  mode: 'mode',
  period: 'everyMs',
  wait: 'waitMs',
  within: 'withinMs',
  over: 'overMs',
} as const

export type FaultKey = keyof typeof FIELDS

type KeysOf<F> = { [K in FaultKey]: (typeof FIELDS)[K] extends keyof F ? K : never }[FaultKey]

/** What each kind of fault is told, besides when it comes. */
const KEYS: {
  readonly [K in TimedKind]: readonly KeysOf<Extract<Fault, { kind: K }>>[]
} = {
  crash: ['server', 'for'],
  freeze: ['server', 'for'],
  slow: ['server', 'for', 'times'],
  'lost-socket': ['server', 'within'],
  'link-loss': ['server', 'for'],
  partition: ['split', 'for'],
  'daemon-death': ['server', 'for'],
  'upstream-outage': ['for'],
  'upstream-silence': ['for'],
  'reload-storm': ['server', 'for', 'period'],
  stall: ['server', 'for'],
  'slow-disk': ['server', 'for', 'wait'],
  order: ['order', 'over'],
  drain: ['server', 'mode', 'for'],
}

/** They may be left out wherever they mean something. */
export const OPTIONAL_KEYS: readonly string[] = ['within', 'over']

export const TIMED_KINDS = Object.keys(KEYS) as readonly TimedKind[]

export function keysOf(kind: TimedKind): readonly FaultKey[] {
  return KEYS[kind]
}

/** Values by their keys; servers are counted from 1, as people do, and s1 is the first. */
export type FaultValues = {
  readonly [K in FaultKey]?: number | string | readonly number[] | undefined
}

/** @param values all that the kind needs, and nothing that it does not know */
export function faultOf(kind: TimedKind, values: FaultValues): Fault {
  const fields: { [field: string]: unknown } = {}
  for (const key of keysOf(kind)) {
    const value = values[key]
    if (typeof value === 'object') fields[FIELDS[key]] = value.map(fromZero)
    else if (value !== undefined)
      fields[FIELDS[key]] = key === 'server' ? fromZero(value as number) : value
  }
  return { kind, ...fields } as Fault
}

export function fromZero(server: number): number {
  return server - 1
}
