// The shape of a scenario file: which keys there are, what each holds, and what goes together.
import { key, type Output, optional, type Partly, required } from '../config/key.ts'
import { durationReader, type Reader, readNonEmpty, wrongType } from '../config/readers.ts'
import { choice, integer, leaf, list, table } from '../config/schema-parts.ts'
import { bad, good, type PlacedComplaint } from '../config/text/complaint.ts'
import {
  type FaultKey,
  FIELDS,
  keysOf,
  OPTIONAL_KEYS,
  TIMED_KINDS,
  type TimedKind,
} from './fault-keys.ts'

/** More servers than that share no service address anywhere. */
export const MAX_SERVERS = 16

/** It set the wall clock, which no decision rests on: files that have it are read, and it is left out. */
export const IGNORED_KIND = 'clock-step'

const kind = required(choice(...TIMED_KINDS, IGNORED_KIND))
const server = integer(1, MAX_SERVERS)
const duration = (least: string, most: string) => leaf(durationReader({ least, most }))
const length = duration('1ms', '24h')
const moment = duration('0s', '10000h')
const percent = leaf(numberReader(0, 100))

const errors = table({
  servers: optional(list(server)),
  rate: optional(percent),
  bursts: optional(length),
  from: key(moment, '0s'),
})

const fault = table({
  kind,
  at: required(moment),
  every: optional(length),
  repeat: optional(integer(1, 10_000)),
  server: optional(server),
  for: optional(length),
  times: optional(leaf(numberReader(1, 100_000))),
  split: optional(server),
  by: optional(length),
  period: optional(length),
  wait: optional(length),
  within: optional(length),
  over: optional(length),
  order: optional(list(server)),
  mode: optional(choice('drained', 'isolated')),
})

const random = table({
  kind,
  per_hour: required(leaf(numberReader(0.001, 3600))),
  least: key(length, '1s'),
  most: key(length, '30s'),
  servers: optional(list(server)),
})

export const scenarioSchema = table({
  summary: key(leaf(readNonEmpty), 'a scenario file'),
  curve: optional(list(percent)),
  quiet_after: key(percent, 100),
  errors: key(list(errors), []),
  fault: key(list(fault), []),
  random: key(list(random), []),
})

export type ScenarioDocument = Output<typeof scenarioSchema>

/** Rules between keys. */
export function checkScenario(document: Partly<ScenarioDocument>): PlacedComplaint[] {
  return [
    ...checkCurve(document),
    ...checkErrors(document),
    ...checkFaults(document),
    ...checkRandom(document),
  ]
}

function keysIn(kind: TimedKind | typeof IGNORED_KIND): readonly (FaultKey | 'by')[] {
  return kind === IGNORED_KIND ? ['server', 'by'] : keysOf(kind)
}

type Table<K extends 'errors' | 'fault' | 'random'> = Partial<ScenarioDocument[K][number]>

function tablesOf<K extends 'errors' | 'fault' | 'random'>(
  document: Partly<ScenarioDocument>,
  key: K,
): [number, Table<K>][] {
  const tables = (document[key] ?? []) as readonly (Table<K> | undefined)[]
  return [...tables.entries()].filter(
    (entry): entry is [number, Table<K>] => entry[1] !== undefined,
  )
}

function checkCurve(document: Partly<ScenarioDocument>): PlacedComplaint[] {
  if (document.curve === undefined) return []
  if (document.curve.length === 0) {
    const hint = 'write the rates in percent, such as [1, 5, 20], or remove the key'
    return [{ code: 'E_EMPTY', path: ['curve'], text: 'a curve needs a rate', hint }]
  }
  if (tablesOf(document, 'errors').some(([, table]) => !('rate' in table))) return []
  const text = 'the curve has no rate to take the place of'
  const hint = 'leave rate out of an [[errors]] table: it then has the curve’s rate'
  return [{ code: 'E_CONTRADICTION', path: ['curve'], at: 'key', text, hint }]
}

function checkErrors(document: Partly<ScenarioDocument>): PlacedComplaint[] {
  if (document.curve !== undefined) return []
  return tablesOf(document, 'errors')
    .filter(([, table]) => !('rate' in table))
    .map(([index]) => ({
      code: 'E_MISSING_KEY',
      path: ['errors', index],
      at: 'key',
      text: 'the key "rate" is missing',
      hint: 'add rate = …, in percent, or curve = [ … ] at the top level',
    }))
}

function checkFaults(document: Partly<ScenarioDocument>): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  for (const [index, table] of tablesOf(document, 'fault')) {
    const { kind } = table
    if (kind === undefined) continue
    const path = ['fault', index]
    const keys = keysIn(kind)
    for (const key of ['by', ...Object.keys(FIELDS)] as readonly (FaultKey | 'by')[]) {
      const isNeeded = keys.includes(key) && !OPTIONAL_KEYS.includes(key)
      if (isNeeded && !(key in table)) {
        const text = `a fault of kind "${kind}" needs "${key}"`
        complaints.push({ code: 'E_MISSING_KEY', path, at: 'key', text, hint: `add ${key} = …` })
      } else if (!keys.includes(key) && table[key] !== undefined) {
        const text = `${key} has no meaning for a fault of kind "${kind}"`
        const hint = `remove it; known here: ${keys.join(', ')}`
        complaints.push({ code: 'E_UNKNOWN_KEY', path: [...path, key], at: 'key', text, hint })
      }
    }
    if ('every' in table === 'repeat' in table) continue
    const [has, lacks] = 'every' in table ? ['every', 'repeat'] : ['repeat', 'every']
    const text = `${has} has no meaning without ${lacks}`
    const hint = `add ${lacks} = …, or remove ${has}`
    complaints.push({ code: 'E_MISSING_KEY', path: [...path, has], at: 'key', text, hint })
  }
  return complaints
}

function checkRandom(document: Partly<ScenarioDocument>): PlacedComplaint[] {
  return tablesOf(document, 'random')
    .filter(([, { least, most }]) => least !== undefined && most !== undefined && least > most)
    .map(([index]) => ({
      code: 'E_RANGE',
      path: ['random', index, 'least'],
      text: 'least is more than most',
      hint: 'write a shorter time, or raise most',
    }))
}

/** A number within bounds, both inclusive; whole or not. */
function numberReader(least: number, most: number): Reader<number> {
  return (value) => {
    const hint = `write a number from ${least} to ${most}`
    if (typeof value !== 'number' || !Number.isFinite(value))
      return wrongType('a number', value, hint)
    if (value >= least && value <= most) return good(value)
    return bad('E_RANGE', `${value} is out of bounds`, hint)
  }
}
