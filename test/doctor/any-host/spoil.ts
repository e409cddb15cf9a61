// A host that answers whatever it likes: nothing, nothing for this user, rubbish, or half of the truth.

import type { Host } from '../../../src/doctor/host.ts'
import type { FileFacts, Inspector, ProgramRun, Read } from '../../../src/ports.ts'
import type { Random } from '../../../src/simulate/random.ts'
import { emptyHost } from '../host.ts'
import type { Recording } from './recording.ts'

/** How much of what a host answers is spoilt, from 0 to 1. */
export function spoiltHost(recording: Recording, random: Random, share: number): Host {
  const answered = <T>(question: string, garble: (value: T, random: Random) => T): Read<T> => {
    // One question has one answer.
    const own = random.fork(question)
    const known = (recording[question] ?? MISSING) as Read<T>
    if (!own.chance(share)) return known
    if (own.chance(0.3)) return own.pick(FAILURES)
    const value = known.ok ? known.value : (own.pick(PLAUSIBLE) as T)
    return { ok: true, value: garble(value, own) }
  }
  const inspect: Partial<Inspector> = {
    uid: random.pick([0, 0, 1000]),
    env: random.pick([{}, { PATH: '' }, { PATH: '/nowhere', LANG: '\u0000', BUN_OPTIONS: 'x' }]),
    text: (path) => answered(`text ${path}`, garbleText),
    stat: (path) => answered(`stat ${path}`, garbleFacts),
    list: (path) => answered(`list ${path}`, garbleList),
    link: (path) => answered(`link ${path}`, garbleText),
    real: (path) => answered(`real ${path}`, garbleText),
    space: (path) => answered(`space ${path}`, garbleNumbers),
    run: async (program, args) =>
      answered<ProgramRun>(`run ${[program, ...args].join(' ')}`, garbleRun),
    keepalivedDump: async () => answered('dump', garbleText),
    prober: {
      async ask({ endpoint }) {
        const own = random.fork(`ask ${endpoint.transport}/${endpoint.address}`)
        const outcome = own.pick([
          'ok',
          'ok',
          'timeout',
          'conn-refused',
          'address-gone',
          'servfail',
        ] as const)
        return { outcome, latencyMs: own.between(0, 5000), detail: own.pick(RUBBISH) }
      },
    },
  }
  return emptyHost(inspect)
}

const MISSING = { ok: false, why: 'missing', error: 'there is no such thing' } as const
const FAILURES = [
  MISSING,
  { ok: false, why: 'denied', error: 'permission denied' },
  { ok: false, why: 'other', error: 'input/output error' },
] as const

const RUBBISH = [
  ...['', '\n', '\0', ' ', '-', '0', '1', '-1', '1e999', '99999999999999999999', 'NaN', 'null'],
  ...[
    '[]',
    '{}',
    '[null]',
    '[[]]',
    '[{}]',
    '[{"data":{},"stats":{}}]',
    '{"vrrp":[{}]}',
    '{',
    '"x"',
  ],
  ...['../..', '/', '::', '::1', '0.0.0.0', '192.0.2.300', 'a'.repeat(70_000), 'ä\ufffd🎉\u202e'],
  ...[
    'x\n'.repeat(500),
    '{\n'.repeat(300),
    '} ; "\n',
    'include "/etc/bind/*";',
    '# \\',
    '%s%n',
    '=',
  ],
]

/** For what nobody has recorded: of any shape at all. */
const PLAUSIBLE: readonly unknown[] = ['', 'yes\n']

function garbleText(text: unknown, random: Random): string {
  if (typeof text !== 'string' || random.chance(0.15)) return random.pick(RUBBISH)
  if (random.chance(0.5)) {
    const json = garbleJson(text, random)
    if (json !== null) return json
  }
  const lines = text.split('\n')
  const times = 1 + Math.floor(random.next() * 4)
  for (let time = 0; time < times; time++) garbleLine(lines, random)
  return lines.join('\n')
}

function garbleLine(lines: string[], random: Random): void {
  const at = Math.floor(random.next() * lines.length)
  const line = lines[at] ?? ''
  const column = Math.floor(random.next() * line.length)
  const changes: readonly (() => readonly string[])[] = [
    () => [],
    () => [line, line],
    () => [line.slice(0, column)],
    () => [line.slice(column)],
    () => [line.replace(/\d+/, random.pick(['-1', '', '9'.repeat(20), 'x']))],
    () => [line.replace(/\S+/g, (word) => (random.chance(0.3) ? random.pick(RUBBISH) : word))],
    () => [random.pick(RUBBISH)],
    () => [line.slice(0, column) + random.pick(RUBBISH) + line.slice(column)],
  ]
  lines.splice(at, 1, ...random.pick(changes)())
}

/** JSON that is still JSON, with values of other types in it; null for what is no JSON. */
function garbleJson(text: string, random: Random): string | null {
  try {
    const spoilt = JSON.stringify(JSON.parse(text), (key, value: unknown) =>
      key !== '' && random.chance(0.1) ? random.pick(VALUES) : value,
    )
    return spoilt ?? null
  } catch {
    return null
  }
}

const VALUES: readonly unknown[] = [
  ...[null, undefined, true, 0, -1, 1e300, '', 'x', [], {}, [null], [[]], { a: null }, ['x', 1]],
]

function garbleList(list: readonly string[], random: Random): readonly string[] {
  const kept = Array.isArray(list) ? list.filter(() => random.chance(0.7)) : []
  return random.chance(0.5) ? kept : [...kept, ...RUBBISH.slice(0, 30)]
}

const NUMBERS = [0, -1, 1, 2 ** 31, 2 ** 53, 0o7777, 0.5, 65534]

function garbleNumbers<T>(value: T, random: Random): T {
  const numbers = typeof value === 'object' && value !== null ? value : { freeBytes: 0 }
  const entries = Object.keys({ ...SPACE, ...numbers }).map((key) => [key, random.pick(NUMBERS)])
  return Object.fromEntries(entries) as T
}

const SPACE = { freeBytes: 0, totalBytes: 0, freeInodes: 0, totalInodes: 0 }

function garbleFacts(_: FileFacts, random: Random): FileFacts {
  const number = () => random.pick(NUMBERS)
  return {
    kind: random.pick(['file', 'folder', 'link', 'other']),
    ...{ mode: random.pick([0, 0o777, 0o7777, 0o600]), uid: number(), gid: number() },
    ...{ sizeBytes: number(), modifiedMs: number() * 1000 },
  }
}

function garbleRun(run: ProgramRun, random: Random): ProgramRun {
  const { stdout = '', stderr = '' } = typeof run === 'object' && run !== null ? run : {}
  return {
    code: random.pick([0, 0, 1, 127, 137, 255]),
    stdout: garbleText(stdout, random),
    stderr: random.chance(0.5) ? stderr : random.pick(RUBBISH),
  }
}
