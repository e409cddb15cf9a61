// named's configuration files: whether named would accept them, has read them, and whether they are what render-config makes.
import {
  BIND_EXEMPT_FILE,
  BIND_LISTEN_FILE,
  BIND_OPTIONS_FILE,
  BIND_ZONE_FILE,
  renderBindExempt,
  renderBindListen,
  renderBindOptions,
  renderBindZone,
} from '../../bind/options.ts'
import { unifiedDiff } from '../../view/diff.ts'
import { bindCheck } from '../categories.ts'
import { type Finding, isSkip, notRead, ok, skip, trouble } from '../doctor-check.ts'
import { configFact } from '../facts/loaded-config.ts'
import { namedConfFact, namedFilesFact, rndcFact } from '../facts/named.ts'
import { runningNamedFact, servingFact } from './serving.ts'

export const ACCEPTED = bindCheck({
  code: 'H405',
  title: 'named accepts its configuration',
  severity: 'fail',
  needs: { serving: servingFact },
  async judge({ serving }, host) {
    if (serving.kind === 'other') return skip(`${serving.who} serves DNS, not named`)
    if (serving.kind === 'nobody' && serving.named.program.kind === 'missing')
      return skip('because of H401: BIND is not installed')
    const conf = await namedConfFact(host)
    switch (conf.kind) {
      case 'unreadable':
        return skip(conf.why)
      case 'conf':
        return ok(`named-checkconf ${conf.file} finds no error`)
      case 'refused':
        return trouble(
          `named-checkconf rejects ${conf.file}: ${conf.said[0] ?? 'no reason printed'}`,
          conf.said,
          [
            `named-checkconf ${conf.file}`,
            '# Fix the line, then:',
            serving.kind === 'named' ? 'rndc reconfig' : 'systemctl restart named',
          ],
        )
      default:
        return conf satisfies never
    }
  },
})

export const READ = bindCheck({
  code: 'H406',
  title: 'named has loaded its current configuration',
  severity: 'warn',
  needs: { named: runningNamedFact },
  async judge(_, host) {
    const [conf, files, status] = await Promise.all([
      namedConfFact(host),
      namedFilesFact(host),
      rndcFact(host),
    ])
    if (conf.kind === 'refused')
      return skip('because of H405: named-checkconf rejects the configuration')
    if (isSkip(status)) return status
    const newer = files.filter((file) => file.modifiedMs >= status.configuredMs + GRAIN_MS)
    const [first] = newer
    if (first === undefined)
      return ok(`${files.length} files, none newer than the last reconfiguration`)
    return trouble(
      `${first.path} is newer than the configuration that named has loaded`,
      [
        `rndc status: ${status.line}`,
        ...newer.map(
          ({ path, modifiedMs }) => `${path}: written ${new Date(modifiedMs).toUTCString()}`,
        ),
      ],
      ['named-checkconf', 'rndc reconfig'],
    )
  },
})

/** rndc tells whole seconds, cut off. */
const GRAIN_MS = 1000

export const RENDERED = bindCheck({
  code: 'H416',
  title: 'named has the options of "holdfast render-config bind"',
  severity: 'warn',
  needs: { named: runningNamedFact, config: configFact },
  async judge({ config }, host) {
    const documents = [
      { kind: 'bind', path: BIND_OPTIONS_FILE, text: renderBindOptions(config) },
      { kind: 'bind-listen', path: BIND_LISTEN_FILE, text: renderBindListen() },
      { kind: 'bind-exempt', path: BIND_EXEMPT_FILE, text: renderBindExempt(config) },
      { kind: 'bind-zone', path: BIND_ZONE_FILE, text: renderBindZone() },
    ]
    const included = new Set((await namedFilesFact(host)).map((confFile) => confFile.path))
    const seen: string[] = []
    for (const { kind, path, text } of documents) {
      const installed = host.inspect.text(path)
      if (!installed.ok && installed.why === 'missing') continue
      if (!installed.ok) return notRead(installed)
      if (!isSame(installed.value, text)) return differs(kind, path, installed.value, text)
      if (!included.has(path)) return notIncluded(path)
      seen.push(path)
    }
    return seen.length === 0
      ? skip('the options of named are written by hand')
      : ok(seen.join(', '))
  },
})

/**
 * Comments do not count, and neither does the block of rate limits where it is not there: whoever
 * has limits of his own has to take it out.
 */
function isSame(installed: string, rendered: string): boolean {
  const [own, ours] = [statementsIn(installed), statementsIn(rendered)]
  return own === ours || own === ours.replace(/^rate-limit \{[\s\S]*?^\};\n/m, '')
}

function statementsIn(text: string): string {
  return text.replace(/^[^\S\n]*(?:\/\/.*)?\n/gm, '')
}

/** Enough to see what it is about. */
const MAX_LINES = 20

function differs(kind: string, path: string, before: string, after: string): Finding {
  const lines = unifiedDiff({ name: path, text: before }, { name: 'rendered', text: after })
  return trouble(
    `${path} differs from "holdfast render-config ${kind}"`,
    lines.slice(0, MAX_LINES).map((line) => line.text),
    [
      `holdfast render-config ${kind} --diff`,
      `holdfast render-config ${kind} --output ${path}`,
      'rndc reconfig',
    ],
  )
}

const PLACES: Readonly<Record<string, string>> = {
  [BIND_OPTIONS_FILE]: 'inside of options',
  [BIND_LISTEN_FILE]: 'inside of options',
  [BIND_EXEMPT_FILE]: 'inside of rate-limit',
}

function notIncluded(path: string): Finding {
  const place = PLACES[path] ?? 'outside of options, or in a view'
  return trouble(
    `named.conf does not include ${path}`,
    [`no include "${path}" in named.conf or in what it includes`],
    [
      `grep -rn include /etc/bind`,
      `# Add to named.conf, ${place}: include "${path}";`,
      'rndc reconfig',
    ],
  )
}
