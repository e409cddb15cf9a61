// The definitions of drain, undrain and peers.
import type { CommandDefinition } from '../../cli/command.ts'
import { CONFIG_FLAG, JSON_FLAG } from '../../cli/flags.ts'

const JSON_STEPS_FLAG = { kind: 'switch', text: 'print one JSON document a step' } as const

const BACKEND_FLAG = {
  kind: 'value',
  value: 'NAME',
  text: 'a real server of this load balancer instead',
} as const

export const DRAIN = {
  words: ['drain'],
  summary: 'Take this server out, once another one has taken over',
  flags: {
    isolate: { kind: 'switch', text: 'go on to FAULT: it can then elect itself no more' },
    for: { kind: 'value', value: 'TIME', text: 'come back by itself after that, as "2h"' },
    timeout: { kind: 'value', value: 'TIME', text: 'give up after that (30s, or drain_limit)' },
    reason: { kind: 'value', value: 'TEXT', text: 'why, for everybody to see' },
    instance: { kind: 'value', value: 'NAMES', text: 'these alone, with commas between them' },
    backend: BACKEND_FLAG,
    force: { kind: 'switch', text: 'go on although no other server can take over' },
    'dry-run': { kind: 'switch', text: 'look at the other servers, and change nothing' },
    config: CONFIG_FLAG,
    json: JSON_STEPS_FLAG,
  },
  operands: [],
  examples: [
    { command: 'holdfast drain --reason "kernel update"', text: 'before a reboot' },
    { command: 'holdfast drain --isolate --for 4h', text: 'before work on the network' },
  ],
  exits: [
    { code: '0', text: 'drained, and another server answers; with --force: drained' },
    { code: '1', text: 'failed: all is as it was, or the last line says what stands, and whose' },
    { code: '2', text: 'wrong usage, or errors in the configuration' },
  ],
} as const satisfies CommandDefinition

export const UNDRAIN = {
  words: ['undrain'],
  summary: 'Put this server back into service, once it is healthy',
  flags: {
    now: { kind: 'switch', text: 'wait neither for the checks nor for the cache' },
    order: { kind: 'value', value: 'ID', text: 'lift that one alone, "id" in override.json' },
    backend: BACKEND_FLAG,
    timeout: { kind: 'value', value: 'TIME', text: 'stay drained after that', default: '2m' },
    config: CONFIG_FLAG,
    json: JSON_STEPS_FLAG,
  },
  operands: [],
  examples: [{ command: 'holdfast undrain', text: 'after the work is done' }],
  exits: [
    { code: '0', text: 'it has its rank back' },
    { code: '1', text: 'it stays drained, or another order stands; the last line says which' },
    { code: '2', text: 'wrong usage, or errors in the configuration' },
  ],
} as const satisfies CommandDefinition

export const PEERS = {
  words: ['peers'],
  summary: 'Ask every server of the configuration on its own addresses',
  flags: {
    watch: { kind: 'switch', text: 'ask again every two seconds until interrupted' },
    config: CONFIG_FLAG,
    json: JSON_FLAG,
  },
  operands: [],
  examples: [{ command: 'holdfast peers', text: 'who could take over?' }],
  exits: [
    { code: '0', text: 'all of them answer' },
    { code: '1', text: 'some do not, or there is nobody to ask' },
    { code: '2', text: 'wrong usage, or errors in the configuration' },
  ],
} as const satisfies CommandDefinition
