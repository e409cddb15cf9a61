// The programs that keepalived runs: whether it would, as whom, and what happens when it cannot.
import { basename, dirname } from 'node:path'
import { isOlder } from '../../keepalived/release.ts'
import { keepalivedCheck } from '../categories.ts'
import { type Finding, ok, skip, trouble } from '../doctor-check.ts'
import { type User, userNamed } from '../facts/accounts.ts'
import { modelFact, renderedFact } from '../facts/keepalived-conf.ts'
import {
  type ConfPlace,
  groupWith,
  type Model,
  type Named,
  trackersOf,
} from '../facts/keepalived-model.ts'
import { releaseFact } from '../facts/keepalived-program.ts'
import { configFact } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'
import { IN_FORCE } from './file.ts'
import { instancesFact } from './installed.ts'
import { type Flaw, findProgram, linkedFolder, notOfRoot, programOf } from './script-program.ts'
import { log, reload, renderAgain } from './service.ts'
import { ORDERED, SYNC } from './silent-misconfig.ts'

/** Something that keepalived is told to run. */
interface Told {
  readonly what: string
  readonly command: string
  readonly user: string | null
  readonly at: ConfPlace
}

function scriptsIn(model: Model): readonly Told[] {
  return model.scripts.flatMap(({ name, command, user, at }) =>
    command === null ? [] : [{ what: `vrrp_script ${name}`, command, user, at }],
  )
}

function notifiesIn(model: Model): readonly Told[] {
  return [...model.groups, ...model.instances].flatMap(({ name, notify }) =>
    notify.map(({ keyword, command, at }) => ({
      ...{ what: `${keyword} of ${name}`, command, at },
      user: null,
    })),
  )
}

const DEFAULT_USER = 'keepalived_script'

/** Who runs a script that does not say: null when that user does not exist, and nobody does. */
function defaultUser(host: Host, model: Model): Promise<User | null> {
  return userNamed(host, model.scriptUser?.name ?? DEFAULT_USER)
}

export const SECURITY = keepalivedCheck({
  code: 'H215',
  title: 'enable_script_security drops no script',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model }, host) {
    const told = [...scriptsIn(model), ...notifiesIn(model)]
    if (told.length === 0) return skip('keepalived.conf has no scripts')
    const fallback = await defaultUser(host, model)
    const release = await releaseFact(host)
    const rules = {
      ...{ fallback, scriptUser: model.scriptUser },
      forbidsLinks: release !== null && !isOlder(release, FORBIDS_LINKS),
      isSecure: model.scriptSecurity,
    }
    const findings = await Promise.all(told.map((script) => whyRemoved(script, rules, host)))
    const removed = findings.filter((finding) => finding !== null)
    if (removed.length === 0) return ok(told.map((script) => programOf(script.command)).join(', '))
    return trouble(
      `keepalived drops ${removed.length === 1 ? 'a configured script' : `${removed.length} configured scripts`}`,
      removed.map((removal) => removal.line),
      [...new Set(removed.flatMap((removal) => removal.remedy)), ...(await renderAgain(host))],
    )
  },
})

/** The first release that goes along the path as it is written; lib/notify.c, check_security. */
const FORBIDS_LINKS = { major: 2, minor: 3, patch: 0 }

interface Rules {
  /** Who runs a script that does not say, and where that is written. */
  readonly fallback: User | null
  readonly scriptUser: Named | null
  readonly forbidsLinks: boolean
  /** Whether enable_script_security is written. */
  readonly isSecure: boolean
}

interface Removed {
  readonly line: string
  readonly remedy: readonly string[]
}

async function whyRemoved(told: Told, rules: Rules, host: Host): Promise<Removed | null> {
  const { what, at } = told
  const user = told.user === null ? rules.fallback : await userNamed(host, told.user)
  if (user === null) {
    const name = told.user ?? rules.scriptUser?.name ?? DEFAULT_USER
    const where = told.user === null ? (rules.scriptUser?.at ?? at) : at
    const line = `${where}: ${what} is dropped: user ${name} does not exist`
    return { line, remedy: ['# Write "script_user root" into global_defs.'] }
  }
  const found = findProgram(host, programOf(told.command))
  if (user.uid !== 0 || found.kind !== 'found') return null
  const { path, written } = found
  const line = ({ part, why }: Flaw) => `${at}: ${what} is dropped: ${part} ${why}`
  const linked = rules.forbidsLinks ? linkedFolder(host, written) : null
  if (linked !== null) {
    const folder = host.inspect.real(dirname(written))
    const instead = folder.ok ? `${folder.value}/${basename(written)}` : path
    return { line: line(linked), remedy: [`# Write ${instead} in place of ${written}.`] }
  }
  if (!rules.isSecure) return null
  const flaw = (rules.forbidsLinks ? notOfRoot(host, written) : null) ?? notOfRoot(host, path)
  if (flaw === null) return null
  const { part } = flaw
  return { line: line(flaw), remedy: [shell`chown root:root ${part}`, shell`chmod go-w ${part}`] }
}

export const PROGRAMS = keepalivedCheck({
  code: 'H216',
  title: 'vrrp_script commands are executable',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model }, host) {
    const told = scriptsIn(model)
    if (told.length === 0) return skip('keepalived.conf has no vrrp_script')
    const lines = await unrunnable(told, model, host)
    const what = 'A vrrp_script is not executable, and keepalived counts it as a success'
    return judged(host, lines, what, told)
  },
})

export const NOTIFIES = keepalivedCheck({
  code: 'H217',
  title: 'notify scripts are executable',
  severity: 'warn',
  needs: { model: modelFact },
  wants: { rendered: renderedFact },
  async judge({ model, rendered }, host) {
    const isOurs = (program: string) =>
      program === rendered?.vrrp.holdfastPath || program.endsWith('/holdfast')
    const told = notifiesIn(model).filter((script) => !isOurs(programOf(script.command)))
    if (told.length === 0) return skip('only holdfast is a notify script')
    const lines = await unrunnable(told, model, host)
    return judged(host, lines, 'A notify script is not executable', told)
  },
})

interface Unrunnable {
  readonly line: string
  readonly program: string
}

async function judged(
  host: Host,
  found: readonly Unrunnable[],
  what: string,
  told: readonly Told[],
): Promise<Finding> {
  if (found.length === 0) return ok(told.map((script) => programOf(script.command)).join(', '))
  const programs = [...new Set(found.map((entry) => entry.program))]
  return trouble(
    what,
    found.map((entry) => entry.line),
    [
      ...programs.map((program) => shell`ls -l ${program}`),
      '# Install the program and make it executable, or remove the block:',
      ...programs.map((program) => shell`chmod 755 ${program}`),
      // Until then it does without what it could not run when it read its file.
      await reload(host),
    ],
  )
}

async function unrunnable(
  told: readonly Told[],
  model: Model,
  host: Host,
): Promise<readonly Unrunnable[]> {
  const fallback = await defaultUser(host, model)
  const lines = await Promise.all(
    told.map(async ({ what, command, user, at }) => {
      // "</path" only opens a file.
      const program = programOf(command)
      if (program.startsWith('<')) return []
      const by = user === null ? fallback : await userNamed(host, user)
      const found = findProgram(host, program, by)
      return 'why' in found ? [{ line: `${at}: ${what}: ${found.why}`, program }] : []
    }),
  )
  return lines.flat()
}

export const DROPPED = keepalivedCheck({
  code: 'H226',
  title: 'keepalived runs every tracked script',
  severity: 'fail',
  explainedBy: [IN_FORCE, ORDERED, SYNC, SECURITY, PROGRAMS],
  needs: { model: modelFact, config: configFact, instances: instancesFact },
  async judge({ model, instances }, host) {
    const blocks = model.instances.filter((instance) => groupWith(instance, model) === undefined)
    const lines = blocks.flatMap((block) => {
      const running = instances.find(({ name }) => name === block.name)
      if (running === undefined) return []
      const runs = new Set(running.scripts.map((script) => comparable(script, host)))
      return scriptsOf(block, model)
        .filter(({ command }) => !runs.has(comparable(command, host)))
        .map(({ at, name }) => `${at}: ${block.name} tracks ${name}, which does not run`)
    })
    if (blocks.length === 0) return skip('all instances are in sync groups')
    if (lines.length === 0) return ok(blocks.map((block) => block.name).join(', '))
    return trouble(
      `keepalived does not run ${lines.length === 1 ? 'a tracked script' : `${lines.length} tracked scripts`}`,
      lines,
      [
        await log(host),
        `keepalived --config-test --use-file=${host.paths.keepalivedConf}`,
        await reload(host),
      ],
    )
  },
})

function scriptsOf(block: Model['instances'][number], model: Model) {
  const names = trackersOf(block, model).flatMap((tracker) =>
    tracker.kind === 'script' ? [tracker.name] : [],
  )
  return model.scripts.flatMap(({ name, command, at }) =>
    command !== null && names.includes(name) ? [{ name, command, at }] : [],
  )
}

/** keepalived puts each word in quotes, and up to 2.2.8 resolves the links of the first. */
function comparable(command: string, host: Host): string {
  const program = programOf(command)
  const real = host.inspect.real(program)
  const words = command.replace(program, real.ok ? real.value : program)
  return words
    .replace(/['"\\]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
