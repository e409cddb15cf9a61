// keepalived itself: whether it is here, knows what its configuration needs, runs, and says what it does.
import { isOlder, type Release } from '../../keepalived/release.ts'
import { keepalivedCheck } from '../categories.ts'
import { factOf, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { installedFact } from '../facts/keepalived-conf.ts'
import {
  dumpFact,
  keepalivedFact,
  releaseFact,
  versionTextFact,
} from '../facts/keepalived-program.ts'
import { configFact } from '../facts/loaded-config.ts'
import { isStopped } from '../facts/proc.ts'
import { unitProperty } from '../facts/systemd-unit.ts'
import { findingOf } from '../finding.ts'
import { fact } from '../host.ts'
import { shell } from '../shell.ts'
import { installRendered, keepalivedUnitFact, restart } from './service.ts'

/** The words behind "Config options:", for what it was built with. */
const buildOptionsFact = fact(async (host) => {
  const said = await versionTextFact(host)
  if (!said.ok) return null
  return /^Config options:(.*)$/m.exec(said.value)?.[1]?.trim().split(/\s+/) ?? null
})

export const INSTALLED = keepalivedCheck({
  code: 'H201',
  title: 'keepalived is installed',
  severity: 'fail',
  needs: { said: versionTextFact },
  judge({ said }) {
    if (said.ok) return ok(said.value.split('\n', 1)[0] ?? '')
    if (said.why !== 'missing') return skip(said.error)
    return trouble('keepalived is not installed', [said.error], ['apt-get install keepalived'])
  },
})

/** The first release that reads `track_file NAME { … }`; before, it was vrrp_track_file. */
const WITH_TRACK_FILE: Release = { major: 2, minor: 1, patch: 0 }

export const NEW_ENOUGH = keepalivedCheck({
  code: 'H202',
  title: 'keepalived is new enough for its configuration',
  severity: 'fail',
  needs: { said: versionTextFact, release: releaseFact },
  wants: { config: configFact, installed: installedFact },
  async judge({ said, release, config, installed }, host) {
    if (!said.ok) return skip('because of H201: keepalived is not installed')
    if (release === null) return skip('keepalived --version prints no version')
    const [line = ''] = said.value.split('\n', 1)
    const isWanted = config?.election.mode === 'track_file'
    const block = installed?.conf.statements.find(({ words }) => words[0] === 'track_file')
    if (!isWanted && block === undefined) return ok(`${line}, no track_file`)
    if (!isOlder(release, WITH_TRACK_FILE)) return ok(line)
    const where =
      block === undefined ? [] : [`${block.file}:${block.line}: ${block.words.join(' ')} {`]
    return trouble(
      `keepalived ${release.major}.${release.minor}.${release.patch} has no track_file and ignores the published priority`,
      [line, ...where, 'track_file needs keepalived 2.1.0 or later'],
      [
        'apt-get update && apt-get install keepalived',
        `# Or set [keepalived] mode = "track_script" in ${host.paths.configFile}, and render again:`,
        await installRendered(host),
      ],
    )
  },
})

export const RUNNING = keepalivedCheck({
  code: 'H203',
  title: 'keepalived is running',
  severity: 'fail',
  needs: { running: keepalivedFact },
  async judge({ running }, host) {
    if (running.kind === 'absent') {
      const installed = await findingOf(host, INSTALLED)
      if (installed.kind === 'trouble') return skip('because of H201: keepalived is not installed')
      return trouble(
        'keepalived is not running',
        running.others.length > 0 ? running.others : ['no process is named "keepalived"'],
        await restart(host),
      )
    }
    const { parent, vrrp } = running
    const stopped = [parent, ...(vrrp === null ? [] : [vrrp])].filter(isStopped)
    const pids = stopped.map(({ pid }) => pid)
    if (pids.length > 0) {
      return trouble(
        `keepalived (process ${pids.join(', ')}) is stopped by a signal: it neither sends nor receives adverts`,
        stopped.map(({ pid, state }) => `/proc/${pid}/stat: state ${state}`),
        [`kill -CONT ${pids.join(' ')}`, ...(await restart(host))],
      )
    }
    if (vrrp === null) {
      return trouble(
        `keepalived (process ${parent.pid}) has no VRRP child process`,
        [`process ${parent.pid}: ${parent.args.join(' ')}`, 'it has no child named "keepalived"'],
        await restart(host),
      )
    }
    return ok(`process ${parent.pid}, VRRP process ${vrrp.pid}`)
  },
})

/** The keepalived that runs and does its work. */
export const runningFact = fact(async (host) => {
  const [running, { kind }] = await Promise.all([keepalivedFact(host), findingOf(host, RUNNING)])
  if (kind !== 'ok' || running.kind !== 'running' || running.vrrp === null)
    return skip('because of H203: keepalived is not running')
  return { parent: running.parent, vrrp: running.vrrp, checker: running.checker }
})

export const DUMP = keepalivedCheck({
  code: 'H221',
  title: 'keepalived state dump is available (JSON)',
  severity: 'warn',
  needs: { running: runningFact, dump: dumpFact },
  async judge({ running, dump }, host) {
    if (dump.kind === 'dump') return ok(dump.instances.map((instance) => instance.name).join(', '))
    if (dump.why === 'denied') return skip(`needs root: ${dump.error}`)
    const installed = await installedFact(host)
    if (!isSkip(installed) && installed.model.instances.length === 0) {
      return skip('keepalived writes no dump without an instance')
    }
    const options = await buildOptionsFact(host)
    const name = await keepalivedUnitFact(host)
    const isPrivate =
      name !== null && (await unitProperty(host, `${name}.service`, 'PrivateTmp')) === 'yes'
    const hasJson = options === null || options.includes('JSON')
    return trouble(
      'keepalived state dump is not available',
      [
        dump.error,
        ...(hasJson ? [] : [`Config options: ${options?.join(' ')}`, 'JSON is not included']),
        ...(isPrivate ? [`${name}.service: PrivateTmp=yes`] : []),
      ],
      remedyFor({ hasJson, unit: isPrivate ? name : null, pid: running.parent.pid }),
    )
  },
})

interface Mute {
  readonly hasJson: boolean
  /** The one that keeps its /tmp to itself, or null. */
  readonly unit: string | null
  readonly pid: number
}

function remedyFor({ hasJson, unit, pid }: Mute): readonly string[] {
  if (!hasJson)
    return ['# Install a keepalived built with --enable-json, such as the package of Debian.']
  if (unit !== null) {
    const folder = `/etc/systemd/system/${unit}.service.d`
    return [
      shell`mkdir -p ${folder}`,
      shell`printf '[Service]\\nPrivateTmp=no\\n' >${`${folder}/private-tmp.conf`}`,
      'systemctl daemon-reload',
      shell`systemctl restart ${unit}`,
    ]
  }
  return [
    'ls -ld /tmp/keepalived.json*',
    'rm -rf /tmp/keepalived.json*',
    `kill -s "$(keepalived --signum=JSON)" ${pid}`,
  ]
}

/** The instances that run. */
export const instancesFact = factOf({ running: runningFact, dump: dumpFact }, ({ dump }) => {
  if (dump.kind === 'dump') return dump.instances
  return skip(
    dump.why === 'denied' ? `needs root: ${dump.error}` : `because of H221: ${dump.error}`,
  )
})
