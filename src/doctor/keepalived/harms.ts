// Lines of keepalived.conf that silence service addresses, turn clients away or bend the election, and what to type so that they are gone.

import {
  type ConfText,
  piecesOf,
  type Statement,
  withoutRemark,
  wordsOf,
} from '../../config/keepalived/reader.ts'
import { withoutSecrets } from '../../keepalived/configuration.ts'
import { isOlder } from '../../keepalived/release.ts'
import { keepalivedCheck } from '../categories.ts'
import { type Finding, isSkip, ok, trouble } from '../doctor-check.ts'
import { type Installed, installedFact } from '../facts/keepalived-conf.ts'
import {
  droppedIn,
  type HarmfulLine,
  harmsIn,
  ownTableIn,
  takenByIpvs,
} from '../facts/keepalived-harms.ts'
import { carriers } from '../facts/keepalived-model.ts'
import { releaseFact } from '../facts/keepalived-program.ts'
import { configFact, instancesIn, serviceAddressesIn } from '../facts/loaded-config.ts'
import { fact, type Host } from '../host.ts'
import { shell } from '../shell.ts'
import { reload, stopAndStart } from './service.ts'

/** The first release to which `vrrp_strict off` means off. */
const READS_OFF = { major: 2, minor: 3, patch: 0 }

/** Lines that do harm to instances of the configuration; of all instances where there is none. */
const harmsFact = fact(async (host): Promise<readonly HarmfulLine[]> => {
  const installed = await installedFact(host)
  if (isSkip(installed)) return []
  const release = await releaseFact(host)
  const harms = harmsIn(installed.conf, release !== null && !isOlder(release, READS_OFF))
  const config = await configFact(host)
  if (isSkip(config)) return harms
  // On a balancer it is IPVS that is to take them.
  const taken = config.balancer === null ? takenByIpvs(installed.conf) : []
  const own = instancesIn(config)
  const names = own.flatMap((instance) =>
    carriers(instance, installed.model.instances).map(({ name }) => name),
  )
  return [...harms, ...taken].filter(
    (harm) => harm.instance === null || names.includes(harm.instance),
  )
})

export const SILENCED = keepalivedCheck({
  code: 'H228',
  title: 'keepalived accepts packets to the service addresses',
  severity: 'fail',
  needs: { installed: installedFact, harms: harmsFact },
  async judge({ installed, harms }, host) {
    const lines = harms.filter((line) => line.harm === 'silence')
    const table = ownTableIn(installed.conf)
    const rules = await ownRules(host, table)
    if (lines.length === 0 && rules.length === 0)
      return ok('no line and no keepalived rule drops them')
    const what =
      lines.length === 0
        ? 'Firewall rules left by keepalived drop all packets to service addresses'
        : `${keywords(lines)} in keepalived.conf drops all packets to the service addresses`
    return trouble(
      what,
      [...evidence(lines), ...rules],
      [...removed(installed, lines), ...(await startedAnew(host, table))],
    )
  },
})

export const BENT = keepalivedCheck({
  code: 'H229',
  title: 'keepalived.conf has no lines that distort the election',
  severity: 'warn',
  needs: { installed: installedFact, harms: harmsFact },
  judge: (facts, host) => told(host, facts, 'election', 'distorts the election'),
})

export const TURNED_AWAY = keepalivedCheck({
  code: 'H231',
  title: 'keepalived.conf does not turn clients away',
  severity: 'fail',
  needs: { installed: installedFact, harms: harmsFact },
  judge: (facts, host) => told(host, facts, 'away', 'turns clients of the service addresses away'),
})

/** Lines that are read by a reload when they are gone. */
async function told(
  host: Host,
  { installed, harms }: { readonly installed: Installed; readonly harms: readonly HarmfulLine[] },
  harm: HarmfulLine['harm'],
  what: string,
): Promise<Finding> {
  const lines = harms.filter((line) => line.harm === harm)
  if (lines.length === 0) return ok('no such line')
  return trouble(`${keywords(lines)} in keepalived.conf ${what}`, evidence(lines), [
    ...removed(installed, lines),
    await reload(host),
  ])
}

function keywords(lines: readonly HarmfulLine[]): string {
  return [...new Set(lines.map((line) => line.keyword))].join(', ')
}

/** Each line once, whichever instances it is about. */
function evidence(lines: readonly HarmfulLine[]): string[] {
  return [...new Set(lines.map((line) => `${described(line.statement)}: ${line.why}`))]
}

function described({ file, line, words }: Statement): string {
  return `${file}:${line}: ${words.join(' ')}`
}

function removed({ conf }: Installed, lines: readonly HarmfulLine[]): readonly string[] {
  const statements = lines.map((line) => line.statement)
  return removals(statements, conf.files)
}

const FAMILIES = ['ip', 'ip6'] as const

/** What keepalived's own tables drop of this server's service addresses, a line each. */
async function ownRules(host: Host, table: string): Promise<string[]> {
  const config = await configFact(host)
  if (host.inspect.uid !== 0 || isSkip(config)) return []
  const addresses = serviceAddressesIn(config)
  const found = await Promise.all(
    FAMILIES.map(async (family) => {
      const run = await host.inspect.run('nft', ['list', 'table', family, table])
      const dropped = run.ok && run.value.code === 0 ? droppedIn(run.value.stdout) : []
      return dropped
        .filter((address) => addresses.has(address))
        .map((address) => `nftables, table ${family} ${table}: packets to ${address} are dropped`)
    }),
  )
  return found.flat()
}

async function startedAnew(host: Host, table: string): Promise<string[]> {
  const left = `s/^table ip6\\? ${table}$/delete &/p`
  const [stop, start] = await stopAndStart(host)
  const clear = shell`nft list tables | sed -n ${left} | nft -f -`
  return [...(stop === null ? [] : [stop]), clear, start]
}

/**
 * A command for each line that has some of them, from below, so that the numbers stay true. A sentence
 * with the place where the line does not show them as they are read, and where they go on beyond it.
 */
export function removals(
  statements: readonly Statement[],
  files: readonly ConfText[],
): readonly string[] {
  const lines = new Map<string, Statement[]>()
  for (const statement of new Set(statements.toSorted((a, b) => b.line - a.line))) {
    const place = `${statement.file}:${statement.line}`
    lines.set(place, [...(lines.get(place) ?? []), statement])
  }
  return [...lines].map(([place, found]) => commandFor(found, files) ?? byHand(found, place))
}

function byHand(found: readonly Statement[], place: string): string {
  const what = found.map(({ words, body }) => {
    return `"${words.join(' ')}"${body === null ? '' : ' and its block'}`
  })
  return `# Remove ${what.join(' and ')}, or the variable that it comes from, by hand: ${place}`
}

/** It changes the line that was read and no other, should the file have changed since. */
function commandFor(found: readonly Statement[], files: readonly ConfText[]): string | null {
  const [{ file = '', line = 0 } = {}] = found
  const rows = files.find((confText) => confText.path === file)?.text.split('\n') ?? []
  const [before = '', row = ''] = [rows[line - 2], rows[line - 1]]
  if (continues(before) || continues(row) || !isPrintable(row)) return null
  const kept = withoutStatements(row, found)
  if (kept === null) return null
  const pattern = `^${sedText(row, /[\\.*[\]^$/]/g)}$`
  const edit =
    kept.trim() === ''
      ? `${line}{/${pattern}/d}`
      : `${line}s/${pattern}/${sedText(`${kept}${row.slice(withoutRemark(row).length)}`, /[\\&/]/g)}/`
  return shell`sed -i --follow-symlinks ${edit} ${file}`
}

/** What is left of the line without its remark; null where it does not show each of them once. */
function withoutStatements(row: string, found: readonly Statement[]): string | null {
  const texts = found.map((statement) => statement.words.join(' '))
  let count = 0
  const kept = piecesOf(withoutRemark(row)).map(({ text, brace }) => {
    const isFound = texts.includes(wordsOf(text).join(' '))
    if (isFound) count += 1
    return `${isFound ? /^\s*/.exec(text) : text}${brace ?? ''}`
  })
  return count === found.length && found.every((statement) => statement.body === null)
    ? kept.join('')
    : null
}

function continues(row: string): boolean {
  return /\\\s*$/.test(row)
}

/** Whether it may be shown, and is the same when it is typed. */
function isPrintable(row: string): boolean {
  return withoutSecrets(row) === row && !/[^\P{C}\t\r]|\ufffd/u.test(row)
}

/** A text for sed as one that a terminal does not change. */
function sedText(text: string, special: RegExp): string {
  return text.replace(special, '\\$&').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
}
