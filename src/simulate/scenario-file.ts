// Scenario files: from TOML to a study, or every error at its place.
import type { Parsed } from '../config/text/diagnostic.ts'
import { parseDocument } from '../config/text/toml-document.ts'
import type { FaultRate, Scenario, TimedFault } from './fault.ts'
import { faultOf, fromZero } from './fault-keys.ts'
import {
  checkScenario,
  IGNORED_KIND,
  type ScenarioDocument,
  scenarioSchema,
} from './scenario-schema.ts'
import type { Study } from './study.ts'

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
