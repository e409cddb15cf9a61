// Scenario files: their keys and what goes together, and from TOML to a study, or every error at its place.
import { type DeepPartial, key, type Output, optional, required } from '../config/key.ts'
import { durationReader, type Reader, readNonEmpty, wrongType } from '../config/readers.ts'
import { choice, integer, leaf, list, table } from '../config/schema-parts.ts'
import { bad, good, type PlacedComplaint } from '../config/text/complaint.ts'
import type { Parsed } from '../config/text/diagnostic.ts'
import { parseDocument } from '../config/text/toml-document.ts'
import {
  type FaultKey,
  type FaultRate,
  FIELDS,
  faultOf,
  fromZero,
  keysOf,
  OPTIONAL_KEYS,
  type Scenario,
  TIMED_KINDS,
  type TimedFault,
  type TimedKind,
} from './fault.ts'
import type { Study } from './study.ts'

/** More servers than that share no service address anywhere. */
export const MAX_SERVERS = 16

/** It set the wall clock, which no decision rests on: files that have it are read, and it is left out. */
const IGNORED_KIND = 'clock-step'

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

const scenarioSchema = table({
  summary: key(leaf(readNonEmpty), 'a scenario file'),
  curve: optional(list(percent)),
  quiet_after: key(percent, 100),
  errors: key(list(errors), []),
  fault: key(list(fault), []),
  random: key(list(random), []),
})

type ScenarioDocument = Output<typeof scenarioSchema>

/** Scenarios are a page at most. */
const MAX_BYTES = 256 * 1024

/**
 * Parses a scenario file. Never throws.
 *
 * @param name what the results call it
 * @param file the file as the operator named it, for messages
 */
export function parseScenario(text: string, name: string, file: string): Parsed<Study> {
  const parsed = parseDocument(text, file, {
    schema: scenarioSchema,
    maxBytes: MAX_BYTES,
    relations: checkScenario,
  })
  return parsed.ok ? { ok: true, value: buildStudy(parsed.value, name) } : parsed
}

function buildStudy(document: ScenarioDocument, name: string): Study {
  const rates = document.curve ?? [null]
  return {
    name,
    summary: document.summary,
    points: rates.map((ratePercent) => ({
      ratePercent,
      scenario: buildScenario(document, name, ratePercent),
    })),
  }
}

function buildScenario(
  document: ScenarioDocument,
  name: string,
  curvePercent: number | null,
): Scenario {
  const steady = document.errors.map(({ servers, rate, bursts, from }) => ({
    servers: servers?.map(fromZero) ?? ('all' as const),
    rate: (rate ?? curvePercent ?? 0) / 100,
    burstMs: bursts ?? null,
    fromMs: from,
  }))
  return {
    name,
    summary: document.summary,
    steady,
    timed: document.fault.flatMap(buildFaults),
    random: document.random.flatMap(buildRates),
    quietFrom: document.quietAfter / 100,
  }
}

function buildFaults(table: ScenarioDocument['fault'][number]): TimedFault[] {
  if (table.kind === IGNORED_KIND) return []
  const fault = faultOf(table.kind, table)
  return Array.from({ length: table.repeat ?? 1 }, (_, index) => ({
    atMs: table.at + index * (table.every ?? 0),
    fault,
  }))
}

function buildRates(table: ScenarioDocument['random'][number]): FaultRate[] {
  const { kind, perHour, least, most, servers } = table
  if (kind === IGNORED_KIND) return []
  const rate = { kind, perHour, minMs: least, maxMs: most }
  return [servers === undefined ? rate : { ...rate, servers: servers.map(fromZero) }]
}

/** Rules between keys. */
function checkScenario(document: DeepPartial<ScenarioDocument>): PlacedComplaint[] {
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
  document: DeepPartial<ScenarioDocument>,
  key: K,
): [number, Table<K>][] {
  const tables = (document[key] ?? []) as readonly (Table<K> | undefined)[]
  return [...tables.entries()].filter(
    (entry): entry is [number, Table<K>] => entry[1] !== undefined,
  )
}

function checkCurve(document: DeepPartial<ScenarioDocument>): PlacedComplaint[] {
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

function checkErrors(document: DeepPartial<ScenarioDocument>): PlacedComplaint[] {
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

function checkFaults(document: DeepPartial<ScenarioDocument>): PlacedComplaint[] {
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

function checkRandom(document: DeepPartial<ScenarioDocument>): PlacedComplaint[] {
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
