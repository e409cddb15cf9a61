// Scenario files: scenarios of a simulated world, line by line, with what they print under "----".
import type { Config } from '../../src/config/config.ts'
import { parseDuration } from '../../src/config/values/duration.ts'
import type { TimedFault } from '../../src/simulate/fault.ts'
import { holdfastPolicy } from '../../src/simulate/holdfast.ts'
import type { Policy } from '../../src/simulate/policy.ts'
import { RIVALS } from '../../src/simulate/rivals.ts'
import type { VrrpOptions } from '../../src/simulate/vrrp.ts'
import { configOf } from '../config/parsing.ts'
import { parseFault } from './fault-text.ts'

/** What a scenario may print. */
const TOPICS = [
  'faults',
  'moves',
  'health',
  'priorities',
  'elections',
  'cycles',
  'backoff',
  'probation',
  'addresses',
  'endpoints',
  'summary',
] as const

export type Topic = (typeof TOPICS)[number]

const USUAL: readonly Topic[] = ['faults', 'moves', 'health', 'priorities', 'backoff', 'probation']

/** One run of one world. */
export interface TextScenario {
  readonly servers: number
  readonly instances: 1 | 2
  readonly config: Config
  readonly vrrp: VrrpOptions
  readonly policy: PolicyChoice
  readonly seed: string
  readonly faults: readonly TimedFault[]
  readonly runMs: number
  /** Nothing is printed of what happens before. */
  readonly fromMs: number
  readonly topics: ReadonlySet<Topic>
}

/** Makes the policy; holdfast's takes an observer, the rivals have nothing to observe. */
export type PolicyChoice = (observe: Parameters<typeof holdfastPolicy>[1]) => Policy

/** A piece of a file: prose, or a scenario with the output that was last accepted. */
export type Block =
  | { readonly kind: 'prose'; readonly text: string }
  | {
      readonly kind: 'scenario'
      readonly commands: string
      readonly scenario: TextScenario
      readonly output: string
    }

const OUTPUT = '----'
/** By then every server has started and the best one holds; a scenario begins here unless it says "from". */
const SETTLED_MS = 5000

/**
 * Reads a file. Blocks are separated by empty lines; one whose lines all begin with "#" is prose.
 *
 * @throws with the line that is wrong
 */
export function parseScenarioText(text: string): Block[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block): Block => {
      const lines = block.split('\n')
      if (lines.every((line) => line.startsWith('#'))) return { kind: 'prose', text: block }
      const end = lines.indexOf(OUTPUT)
      const commands = end < 0 ? lines : lines.slice(0, end)
      const output = end < 0 ? '' : lines.slice(end + 1).join('\n')
      return {
        kind: 'scenario',
        commands: commands.join('\n'),
        scenario: parseLines(commands),
        output,
      }
    })
}

/** Writes a file anew, with these outputs in place of the old ones. */
export function formatScenarioText(blocks: readonly Block[], outputs: readonly string[]): string {
  let next = 0
  const parts = blocks.map((block) =>
    block.kind === 'prose' ? block.text : `${block.commands}\n${OUTPUT}\n${outputs[next++] ?? ''}`,
  )
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`
}

interface Draft {
  servers: number
  instances: 1 | 2
  settings: string[]
  vrrp: VrrpOptions
  policy: PolicyChoice
  seed: string
  faults: TimedFault[]
  runMs: number
  fromMs: number
  topics: readonly Topic[]
}

function parseLines(lines: readonly string[]): TextScenario {
  const draft: Draft = {
    servers: 3,
    instances: 1,
    settings: [],
    vrrp: { version: 3, advertMs: 100 },
    policy: (observe) => holdfastPolicy(draftConfig(draft), observe),
    seed: '1',
    faults: [],
    runMs: 0,
    fromMs: SETTLED_MS,
    topics: USUAL,
  }
  for (const line of lines) {
    try {
      takeLine(draft, line)
    } catch (error) {
      throw new Error(`"${line}": ${error instanceof Error ? error.message : error}`)
    }
  }
  const { settings: _, topics, ...rest } = draft
  return { ...rest, config: draftConfig(draft), topics: new Set(topics) }
}

function takeLine(draft: Draft, line: string): void {
  const words = line.split('#', 1)[0]?.trim().split(/\s+/) ?? []
  const [command, ...rest] = words
  switch (command) {
    case '':
      return
    case 'servers':
      draft.servers = Number(rest[0])
      return
    case 'instances':
      draft.instances = rest[0] === '2' ? 2 : 1
      return
    case 'config':
      draft.settings.push(rest.join(' '))
      return
    case 'vrrp':
      draft.vrrp = { version: rest[0] === '2' ? 2 : 3, advertMs: durationOf(rest[1]) }
      return
    case 'policy':
      draft.policy = rivalNamed(rest.join(' '))
      return
    case 'seed':
      draft.seed = rest.join(' ')
      return
    case 'at':
      draft.faults.push(...parseFault(rest[0] ?? '', rest.slice(1)))
      return
    case 'show':
      draft.topics = rest.map(topicNamed)
      return
    case 'from':
      draft.fromMs = durationOf(rest[0])
      return
    case 'run':
      draft.runMs = durationOf(rest[0])
      return
    default:
      throw new Error(`${command} is no command`)
  }
}

function durationOf(word: string | undefined): number {
  const ms = parseDuration(word ?? '')
  if (ms === null) throw new Error(`${word} is no duration`)
  return ms
}

function topicNamed(word: string): Topic {
  const topic = TOPICS.find((candidate) => candidate === word)
  if (topic === undefined) throw new Error(`there is no ${word} to show`)
  return topic
}

function rivalNamed(name: string): PolicyChoice {
  const rival = RIVALS.find((policy) => policy.name === name)
  if (rival === undefined) throw new Error(`there is no policy ${name}`)
  return () => rival
}

/** The settings are lines of holdfast.toml with dotted keys. */
function draftConfig({ settings, instances }: Draft): Config {
  const clusters = [false, true].slice(0, instances).flatMap((reverseOrder, index) => {
    const key = `clusters.recdns.instances.recdns${index}`
    return [
      `${key}.reverse_order = ${reverseOrder}`,
      `${key}.addresses = ["198.51.100.${53 + index}"]`,
    ]
  })
  return configOf(['server.name = "s1"', ...clusters, ...settings].join('\n'))
}
