// Gathers the bundle: parts, rendered configuration and the doctor's own report, without secrets.
import { backendsOf } from '../../config/balancer-backends.ts'
import { unifiedDiff } from '../../view/diff.ts'
import { isSkip } from '../doctor-check.ts'
import { renderedFact } from '../facts/keepalived-conf.ts'
import { configFact, foldersOf } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { mapConcurrent } from '../map-concurrent.ts'
import { type Part, partsFor, type Taken } from './parts.ts'
import { createRedactor, REMOVED, type Redact } from './redact.ts'
import { secretsOf } from './secrets.ts'

export interface BundleFile {
  readonly name: string
  readonly text: string
}

interface Report {
  /** What --json prints, with its words, without their secrets. */
  document(redact: Redact): Promise<object>
  /** What a terminal shows. */
  view(redact: Redact): string
}

const AT_ONCE = 4
const INSTALLED = 'keepalived/installed.conf'

/**
 * All files of the bundle, the list of contents first.
 *
 * @param onProgress called with the share that is done, from 0 to 1
 */
export async function collect(
  host: Host,
  report: Report,
  onProgress: (share: number) => void,
): Promise<readonly BundleFile[]> {
  const config = await configFact(host)
  const dump = await host.inspect.keepalivedDump()
  const { known, unread } = await secretsOf(host, dump.ok ? dump.value : '')
  const redact = createRedactor(known)
  const { clusters, balancer } = isSkip(config) ? { clusters: [], balancer: null } : config
  const backends = balancer === null ? [] : backendsOf(balancer).map(({ name }) => name)
  const parts = partsFor({ ...host.paths, paths: await foldersOf(host), clusters, backends })
  let done = 0
  const taken = await mapConcurrent(parts, AT_ONCE, async (part) => {
    const value = await part.take(host)
    done += 1
    onProgress(done / parts.length)
    return { part, value }
  })
  const installed = taken.find(({ part }) => part.name === INSTALLED)?.value
  const more = [
    made('keepalived/dump.json', 'keepalived, by a signal', {
      ...(dump.ok ? { ok: true, text: dump.value } : { ok: false, why: dump.error }),
    }),
    ...renderedParts(await rendered(host), installed, redact),
    made('doctor.txt', 'holdfast doctor', { ok: true, text: report.view(redact) }),
    made('doctor.json', 'holdfast doctor --json', {
      ok: true,
      text: JSON.stringify(await report.document(redact), null, 2),
    }),
  ]
  const all = [...taken, ...more]
  const texts = all.flatMap(({ part, value }) =>
    value.ok ? [{ name: part.name, text: redact(value.text) }] : [],
  )
  const contents = { name: 'README.txt', text: redact(contentsOf(host, all, unread)) }
  return [contents, ...texts.toSorted((a, b) => (a.name < b.name ? -1 : 1))]
}

interface TakenPart {
  readonly part: Pick<Part, 'name' | 'from'>
  readonly value: Taken
}

function made(name: string, from: string, value: Taken): TakenPart {
  return { part: { name, from }, value }
}

/** keepalived.conf as it would be rendered now. */
async function rendered(host: Host): Promise<Taken> {
  const rendered = await renderedFact(host)
  return isSkip(rendered) ? { ok: false, why: rendered.why } : { ok: true, text: rendered.text }
}

function renderedParts(
  text: Taken,
  installed: Taken | undefined,
  redact: Redact,
): readonly TakenPart[] {
  const part = made('keepalived/rendered.conf', 'holdfast render-config keepalived', text)
  if (!text.ok || installed?.ok !== true) return [part]
  const lines = unifiedDiff(
    { name: 'installed', text: redact(installed.text) },
    { name: 'rendered', text: redact(text.text) },
  )
  const diff = lines.length === 0 ? 'No differences.' : lines.map((line) => line.text).join('\n')
  return [
    part,
    made('keepalived/diff', 'difference of the two, without passwords', {
      ok: true,
      text: `${diff}\n`,
    }),
  ]
}

function contentsOf(
  { inspect, version }: Host,
  parts: readonly TakenPart[],
  unread: readonly string[],
): string {
  const had = parts.filter(({ value }) => value.ok).map(({ part }) => `${part.name}: ${part.from}`)
  const missed = parts.flatMap(({ part, value }) =>
    value.ok ? [] : [`${part.name}: ${value.why}`],
  )
  const caution = unread.map(
    (path) => `${path} is not readable, so its contents were not searched for: use sudo.`,
  )
  return [
    `Support bundle of holdfast ${version}, collected at ${new Date(inspect.clock.wallMs()).toISOString()} as user ${inspect.uid}.`,
    '',
    `Passwords, tokens and keys are replaced by ${REMOVED}. Review the bundle anyway before you`,
    'share it: it contains addresses, names and log lines.',
    ...caution,
    '',
    ...had,
    '',
    ...(missed.length === 0 ? [] : ['Not available:', ...missed, '']),
  ].join('\n')
}
