// Whether keepalived follows holdfast: the published value, and the dead man's switch that says it is alive.
import type { Config, InstanceConfig } from '../../config/config.ts'
import { BASE_PRIORITY } from '../../core/priority.ts'
import { keepalivedCheck } from '../categories.ts'
import { ok, trouble } from '../doctor-check.ts'
import { modelFact } from '../facts/keepalived-conf.ts'
import {
  carriers,
  type InstanceBlock,
  type Model,
  type ScriptBlock,
  trackersOf,
  weightOf,
} from '../facts/keepalived-model.ts'
import { configFact, instancesIn } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { renderAgain } from './service.ts'
import { ORDERED, SYNC } from './silent-misconfig.ts'

function blocksOf(instance: InstanceConfig, model: Model): readonly InstanceBlock[] {
  return carriers(instance, model.instances)
}

export const FOLLOWS = keepalivedCheck({
  code: 'H213',
  title: 'Every instance tracks its priority file',
  severity: 'fail',
  explainedBy: [ORDERED, SYNC],
  needs: { config: configFact, model: modelFact },
  async judge({ model, config }, host) {
    const instances = instancesIn(config)
    const lines = instances.flatMap((instance) => whyDeaf(instance, model, config, host))
    if (lines.length === 0) return ok(instances.map((instance) => instance.name).join(', '))
    const what = 'An instance does not track its priority file'
    return trouble(what, lines, await renderAgain(host))
  },
})

function whyDeaf(instance: InstanceConfig, model: Model, config: Config, host: Host): string[] {
  const blocks = blocksOf(instance, model)
  if (blocks.length === 0) {
    return [`${host.paths.keepalivedConf}: no vrrp_instance has ${instance.addresses.join(', ')}`]
  }
  return blocks.flatMap((block) =>
    config.election.mode === 'track_file'
      ? whyFileIgnored(instance, block, model, config)
      : whySlotsIgnored(instance, block, model),
  )
}

function whyFileIgnored(
  { name }: InstanceConfig,
  block: InstanceBlock,
  model: Model,
  { paths }: Config,
): string[] {
  const path = `${paths.runDir}/priority/${name}`
  const names = model.files.filter((file) => file.path === path).map((file) => file.name)
  const tracker = trackersOf(block, model).find(
    (candidate) => candidate.kind === 'file' && names.includes(candidate.name),
  )
  if (tracker === undefined) return [`${block.at}: ${block.name} does not track ${path}`]
  const weight = weightOf(tracker, model)
  const { basePriority, basePriorityAt: at } = block
  const start = `${at}: ${block.name} has base priority ${basePriority} instead of ${BASE_PRIORITY}`
  return [
    ...(weight === 1
      ? []
      : [`${tracker.at}: ${path} is tracked with weight ${weight} instead of 1`]),
    ...(basePriority === BASE_PRIORITY ? [] : [start]),
  ]
}

function whySlotsIgnored({ name }: InstanceConfig, block: InstanceBlock, model: Model): string[] {
  const asksSlot = new RegExp(`\\bcheck\\b[^)]*\\s${escaped(name)}\\s`)
  const hasSlot = scriptsOf(block, model).some((script) => asksSlot.test(script.command ?? ''))
  return hasSlot ? [] : [`${block.at}: ${block.name} tracks no "holdfast check ${name} SLOT"`]
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function scriptsOf(block: InstanceBlock, model: Model): readonly ScriptBlock[] {
  return trackersOf(block, model).flatMap((tracker) => {
    const script = model.scripts.find(({ name }) => name === tracker.name)
    if (tracker.kind !== 'script' || script === undefined) return []
    return [{ ...script, weight: weightOf(tracker, model) }]
  })
}

export const DEAD_MANS_SWITCH = keepalivedCheck({
  code: 'H214',
  title: 'Every instance tracks "holdfast check" and requires output',
  severity: 'fail',
  explainedBy: [ORDERED, SYNC, FOLLOWS],
  needs: { config: configFact, model: modelFact },
  async judge({ model, config }, host) {
    const blocks = instancesIn(config).flatMap((instance) => blocksOf(instance, model))
    const lines = new Set(blocks.flatMap((block) => whyNotAsked(block, model, config)))
    if (lines.size === 0) return ok('said=$(… check) && test -n "$said"')
    const what = 'keepalived would not notice a dead daemon or a missing holdfast'
    return trouble(what, [...lines], await renderAgain(host))
  },
})

const ASKS = /\bholdfast\S* check\b/
const MUST_BE_SAID = /(\w+)=\$\(.*\bcheck\b.*\) && (?:test|\[) -n "?\$\1/
/** What is left of the best priority must be below that of every state. */
const MIN_WEIGHT = -249

function whyNotAsked(block: InstanceBlock, model: Model, { election }: Config): string[] {
  const asking = scriptsOf(block, model).filter((script) => ASKS.test(script.command ?? ''))
  if (asking.length === 0)
    return [`${block.at}: ${block.name} tracks no script that runs holdfast check`]
  const silent = asking
    .filter(({ command }) => !MUST_BE_SAID.test(command ?? ''))
    .map(
      ({ at, name, command }) =>
        `${at}: ${name} succeeds even if holdfast cannot be executed: ${command}`,
    )
  if (silent.length > 0 || election.mode === 'track_script') return silent
  // Weight 0 means FAULT, which takes the address away as well.
  const isEnough = asking.some(({ weight }) => weight === 0 || weight <= MIN_WEIGHT)
  if (isEnough) return []
  return asking.map(
    ({ at, name, weight }) => `${at}: ${name} lowers the priority by only ${-weight}`,
  )
}
