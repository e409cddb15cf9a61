// What keepalived follows to learn an instance's priority: a file and a dead man's switch, or scripts.

import { pathsTable } from '../config/schema.ts'
import type { VrrpConfig } from '../config/vrrp-config.ts'
import {
  BASE_PRIORITY,
  effectivePriority,
  type PublishedPriority,
  trackFileValue,
} from '../core/priority.ts'
import { block } from './block.ts'
import { intervalFor, type Release } from './release.ts'

export interface Trackers {
  /** Each instance's priority when nothing raises it. */
  readonly basePriority: number
  /** Blocks that must stand above what tracks them. */
  readonly definitions: readonly string[]
  /** Names of the files and scripts that an instance tracks. */
  files(instance: string): readonly string[]
  scripts(instance: string): readonly string[]
}

/**
 * The trackers of all instances, as the mode wants them.
 *
 * @param release that of the keepalived that will read them; null where it is not known
 */
export function trackersFor(vrrp: VrrpConfig, runDir: string, release: Release | null): Trackers {
  const intervalS = intervalFor(vrrp.scriptIntervalMs, release)
  switch (vrrp.mode) {
    case 'track_file':
      return fileTrackers(vrrp, runDir, intervalS)
    case 'track_script':
      return scriptTrackers(vrrp, runDir, intervalS)
    default:
      return vrrp.mode satisfies never
  }
}

/** What drags every priority down to the lowest. */
const DEAD_MANS_SWITCH = 'holdfast'
const DEAD_MANS_SWITCH_WEIGHT = -253

/**
 * The daemon's file says what the server is worth, and the dead man's switch whether the daemon lives: with
 * either of them gone, only the lowest priority is left.
 */
function fileTrackers(vrrp: VrrpConfig, runDir: string, intervalS: number): Trackers {
  // One answer in two may be late on a host that is out of breath; a dead daemon answers never.
  const deadMansSwitch = script(DEAD_MANS_SWITCH, proof(vrrp, runDir, []), vrrp, [
    `interval ${intervalS}`,
    `timeout ${Math.max(2, intervalS)}`,
    'rise 1',
    'fall 2',
    `weight ${DEAD_MANS_SWITCH_WEIGHT}`,
    'init_fail',
  ])
  const files = vrrp.instances.map(({ name }) =>
    block(`track_file ${name}`, [`file ${runDir}/priority/${name}`, 'weight 1']),
  )
  return {
    basePriority: BASE_PRIORITY,
    definitions: [deadMansSwitch, ...files],
    files: (instance) => [instance],
    scripts: () => [DEAD_MANS_SWITCH],
  }
}

/**
 * One script a slot, of which at most one succeeds, and its weight makes up the priority. A failed
 * server is in no slot, and is left with that of failure.
 *
 * Every answer counts at once: with two in a row, a server whose rank has changed would be in two
 * slots for a while, and worth more than any other. So a late answer is given more time instead.
 */
function scriptTrackers(vrrp: VrrpConfig, runDir: string, intervalS: number): Trackers {
  const times = [`interval ${intervalS}`, `timeout ${Math.max(4, intervalS)}`]
  const judgement = [...times, 'rise 1', 'fall 1']
  const servers = vrrp.servers.length
  const base = inVrrp(effectivePriority('failed', 1, servers))
  const slots = [
    ...vrrp.servers.map((_, index) => [`${index + 1}`, 'healthy', index + 1] as const),
    ['probation', 'probation', 1] as const,
    ['degraded', 'degraded', 1] as const,
    ['drained', 'drained', 1] as const,
  ].map(([slot, serverState, rank]) => {
    return { slot, weight: inVrrp(effectivePriority(serverState, rank, servers)) - base }
  })
  const definitions = vrrp.instances.flatMap(({ name }) => [
    ...slots.map(({ slot, weight }) =>
      script(`${name}_${slot}`, proof(vrrp, runDir, [name, slot]), vrrp, [
        ...judgement,
        `weight ${weight}`,
        'init_fail',
      ]),
    ),
    // Without init_fail: every start would be a FAULT for a moment, with mail about it.
    script(`${name}_isolated`, notIsolated(runDir, name), vrrp, [...judgement, 'weight 0']),
  ])
  return {
    basePriority: base,
    definitions,
    files: () => [],
    scripts: (instance) => [
      ...slots.map(({ slot }) => `${instance}_${slot}`),
      `${instance}_isolated`,
    ],
  }
}

/** From 2.3.0 on keepalived removes a script in a folder that is a link, as /bin is on Debian. */
const SHELL = '/usr/bin/sh'

/**
 * @param shell a command for the shell, without double quotes of its own that are not escaped
 */
function script(name: string, shell: string, vrrp: VrrpConfig, lines: readonly string[]): string {
  return block(`vrrp_script ${name}`, [
    `script "${SHELL} -c '${shell}'"`,
    ...lines,
    ...vrrp.extraLines.vrrpScript,
  ])
}

/**
 * A success that must be said: keepalived takes a program that it cannot run for one that succeeds,
 * and a shell takes an empty file for a script that does. A program that is gone, not executable,
 * empty or of another machine says nothing, and that is a failure here.
 */
function proof({ holdfastPath }: VrrpConfig, runDir: string, operands: readonly string[]): string {
  const flags = runDir === pathsTable.defaults.runDir ? [] : ['--run-dir', runDir]
  const command = [holdfastPath, 'check', ...flags, ...operands].join(' ')
  return `said=$(${command}) && test -n \\"$said\\"`
}

/**
 * FAULT must outlast the daemon and the executable, so only the published word counts: the file
 * holds the one value that means it.
 */
function notIsolated(runDir: string, instance: string): string {
  return `! grep -qxe ${ISOLATED} ${runDir}/priority/${instance}`
}

const ISOLATED = trackFileValue('fault')

/** States that have a slot have a number. */
function inVrrp(priority: PublishedPriority): number {
  if (typeof priority !== 'number') throw new Error(`no priority: ${priority}`)
  return priority
}
