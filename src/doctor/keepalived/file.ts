// The installed keepalived.conf: that it is there, active, and keeps its secret.
import { withoutSecrets } from '../../keepalived/configuration.ts'
import { unifiedDiff } from '../../view/diff.ts'
import { keepalivedCheck } from '../categories.ts'
import { notRead, ok, skip, trouble } from '../doctor-check.ts'
import { octal } from '../facts/accounts.ts'
import { type Installed, installedOr, linesOf, runningConfFact } from '../facts/keepalived-conf.ts'
import { allAddresses, type Carrier, type InstanceBlock } from '../facts/keepalived-model.ts'
import { type Dump, dumpFact } from '../facts/keepalived-program.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'
import { runningFact } from './installed.ts'
import { keepalivedUnitFact, reload, renderAgain } from './service.ts'

export const THERE = keepalivedCheck({
  code: 'H204',
  title: 'keepalived.conf exists',
  severity: 'fail',
  async judge(_, host) {
    const path = host.paths.keepalivedConf
    const facts = host.inspect.stat(path)
    if (facts.ok) return ok(path)
    if (facts.why !== 'missing') return skip(`needs root: ${facts.error}`)
    return trouble(`${path} does not exist`, [facts.error], await renderAgain(host))
  },
})

const thereFact = installedOr('because of H204: keepalived.conf does not exist')

const MAX_LINES = 40

/** A difference as evidence: the beginning of it, without secrets. */
export function difference(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
): string[] {
  const plain = (block: typeof before) => ({ name: block.name, text: withoutSecrets(block.text) })
  const lines = unifiedDiff(plain(before), plain(after)).map((diffLine) => diffLine.text)
  if (lines.length <= MAX_LINES) return lines
  return [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`]
}

export const IN_FORCE = keepalivedCheck({
  code: 'H207',
  title: 'keepalived has loaded the installed configuration',
  severity: 'fail',
  needs: { installed: thereFact, runs: runningFact, running: runningConfFact },
  async judge({ installed, running }, host) {
    if (running === null) return fromDump(host, installed, await dumpFact(host))
    const path = host.paths.keepalivedConf
    if (!isSameFile(host, running.path, path)) {
      const unit = await keepalivedUnitFact(host)
      return trouble(
        `keepalived has loaded ${running.path}, not ${path}`,
        [`its copy of the configuration begins with "# ${running.path}"`],
        [
          ...(unit === null ? [] : [shell`systemctl cat ${unit}`]),
          '# Remove --use-file from its command, or install the file there.',
        ],
      )
    }
    const now = { name: path, text: linesOf(installed.conf) }
    const lines = difference({ name: 'as keepalived runs', text: linesOf(running.conf) }, now)
    if (lines.length === 0) return ok(`${path} as it is now`)
    return trouble(`${path} has changed since keepalived loaded it`, lines, [
      `keepalived --config-test --use-file=${path}`,
      await reload(host),
    ])
  },
})

function isSameFile(host: Host, a: string, b: string): boolean {
  const [one, other] = [host.inspect.real(a), host.inspect.real(b)]
  return a === b || (one.ok && other.ok && one.value === other.value)
}

async function fromDump(host: Host, installed: Installed, dump: Dump) {
  if (dump.kind === 'none') return notRead(dump)
  const lines = differingInstances(installed.model.instances, dump.instances)
  if (lines.length === 0) return ok('the running instances are those of the file')
  const what = `keepalived runs other instances than ${host.paths.keepalivedConf} has`
  return trouble(what, lines, [await reload(host)])
}

interface Described extends Carrier {
  readonly routerId: number | null
  readonly basePriority: number
}

/** A line for each instance that is in one of the two alone, or is another there. */
export function differingInstances(
  blocks: readonly InstanceBlock[],
  running: readonly Described[],
): string[] {
  const wanted = blocks.map(describe)
  const actual = running.map(describe)
  return [
    ...actual.filter((line) => !wanted.includes(line)).map((line) => `runs:  ${line}`),
    ...wanted.filter((line) => !actual.includes(line)).map((line) => `file:  ${line}`),
  ]
}

function describe(instance: Described): string {
  const { name, routerId, basePriority } = instance
  const sorted = allAddresses(instance).toSorted().join(' ')
  return `${name}, virtual_router_id ${routerId}, priority ${basePriority}, ${sorted}`
}

export const PRIVATE = keepalivedCheck({
  code: 'H208',
  title: 'keepalived.conf with auth_pass is root-only',
  severity: 'warn',
  needs: { installed: thereFact },
  judge({ installed }, host) {
    const holding = installed.conf.files.filter((file) => withoutSecrets(file.text) !== file.text)
    if (holding.length === 0) return ok('no password in it')
    const open = holding.flatMap(({ path }) => {
      const facts = host.inspect.stat(path)
      return facts.ok && (facts.value.mode & 0o077) !== 0 ? [{ path, mode: facts.value.mode }] : []
    })
    if (open.length === 0) return ok('only root can read it')
    const paths = open.map((file) => file.path).join(' ')
    return trouble(
      `Users other than root can read the password in ${paths}`,
      open.map(({ path, mode }) => `${path}: auth_pass ***, mode ${octal(mode)}`),
      [`chmod 600 ${paths}`],
    )
  },
})
