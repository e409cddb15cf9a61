// Does the daemon run, does it answer, and is it what is installed? Dead and hung are told apart.
import { fingerprint } from '../../config/fingerprint.ts'
import { durationText, LAST_GOOD_CONFIG } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { configFact, foldersOf } from '../facts/loaded-config.ts'
import { isStopped, type Process, processesFact } from '../facts/proc.ts'
import {
  configOf,
  type DaemonFact,
  daemonFact,
  daemonsIn,
  livingDaemonFact,
  speakingDaemonFact,
} from '../facts/running-daemon.ts'
import { hasSystemd } from '../facts/systemd-unit.ts'
import { type Host, textOr } from '../host.ts'
import { shell } from '../shell.ts'
import { healthText } from './daemon-health.ts'
import { ACCOUNT, journal, lacksUnit, restartsFact, UNIT } from './service-unit.ts'

/** A daemon writes its first status well within this. */
const STARTING_MS = 5000

export const DAEMON_RUNS = holdfastCheck({
  code: 'H131',
  title: 'Daemon is running',
  severity: 'fail',
  explainedBy: [ACCOUNT],
  needs: { daemon: daemonFact },
  async judge({ daemon }, host) {
    if (daemon.kind === 'unseen') return ok('status is fresh; this user cannot see the process')
    if (daemon.kind === 'running') return ok(describe(daemon.process, host))
    const config = await configFact(host)
    if (isSkip(config)) return config
    if (await lacksUnit(host)) return skip(`because of H121: ${UNIT} is not usable`)
    if ((await restartsFact(host)) !== null)
      return skip('because of H135: the daemon is in a restart loop')
    return trouble(
      'Daemon is not running',
      [
        'no process runs "holdfast daemon"',
        whatTheStatusSays(daemon),
        ...(hasSystemd(host) ? await journal(host) : []),
      ],
      hasSystemd(host)
        ? ['systemctl status holdfast', 'journalctl -u holdfast -n 50', 'systemctl start holdfast']
        : ['holdfast daemon', '# Or start it with the service manager of this host.'],
    )
  },
})

function describe({ pid, startedBootMs }: Process, host: Host): string {
  return `process ${pid}, for ${durationText(host.inspect.clock.bootMs() - startedBootMs)}`
}

function whatTheStatusSays({ status }: DaemonFact): string {
  if (status.kind !== 'fresh') return `status: ${status.why}`
  const { pid, written_at } = status.document
  return `status: written at ${written_at} by process ${pid}, which has ended`
}

export const STATUS_FRESH = holdfastCheck({
  code: 'H132',
  title: 'Daemon keeps status.json fresh',
  severity: 'fail',
  needs: { daemon: livingDaemonFact },
  async judge({ daemon }, host) {
    if (daemon.kind === 'unseen') return ok('fresh')
    const { status, process } = daemon
    if (status.kind === 'fresh') return ok(healthText(status.document))
    if (status.kind === 'denied') return skip(`needs root: ${status.why}`)
    if (status.kind === 'unreadable') return skip('because of H133: status.json is not valid')
    const ageMs = host.inspect.clock.bootMs() - process.startedBootMs
    const hasWritten = status.kind === 'stale' && status.document.pid === process.pid
    if (ageMs < STARTING_MS && !hasWritten)
      return skip(`the daemon started ${durationText(ageMs)} ago`)
    const stopped = isStopped(process)
    const { runDir } = await foldersOf(host)
    return trouble(
      stopped
        ? `Daemon (process ${process.pid}) is stopped by a signal`
        : `Daemon (process ${process.pid}) is running but does not write status.json`,
      [`${runDir}/status.json: ${status.why}`, `/proc/${process.pid}/stat: state ${process.state}`],
      [
        ...(stopped ? [`kill -CONT ${process.pid}`] : [`cat /proc/${process.pid}/wchan`]),
        'journalctl -u holdfast -n 50',
        'systemctl restart holdfast',
      ],
    )
  },
})

export const STATUS_UNDERSTOOD = holdfastCheck({
  code: 'H133',
  title: 'status.json is readable and well-formed',
  severity: 'fail',
  needs: { daemon: livingDaemonFact },
  async judge({ daemon }, host) {
    if (daemon.status.kind === 'denied') return skip(`needs root: ${daemon.status.why}`)
    if (daemon.status.kind !== 'unreadable') return ok('valid')
    const { runDir } = await foldersOf(host)
    const path = `${runDir}/status.json`
    const read = host.inspect.text(path, 4 * 1024 * 1024)
    const start = read.ok ? [`it begins with ${JSON.stringify(read.value.slice(0, 60))}`] : []
    return trouble(
      `${path} is not valid`,
      [daemon.status.why, ...start],
      [
        shell`ls -ld ${path}`,
        isMounted(host, path) ? shell`umount ${path}` : shell`rm -rf ${path}`,
        'systemctl restart holdfast',
      ],
    )
  },
})

/** What is mounted there cannot be removed. */
function isMounted({ inspect }: Host, path: string): boolean {
  return textOr(inspect.text('/proc/self/mountinfo')).includes(` ${path} `)
}

export const DAEMON_SINGLE = holdfastCheck({
  code: 'H134',
  title: 'Only one daemon is running',
  severity: 'warn',
  async judge(_, host) {
    const daemons = daemonsIn(await processesFact(host))
    if (daemons.length === 0) return skip('because of H131: no daemon is running')
    const [first] = daemons
    if (daemons.length === 1 && first !== undefined) return ok(`process ${first.pid}`)
    const daemon = await daemonFact(host)
    const ours = daemon.kind === 'running' ? daemon.process.pid : null
    const strangers = daemons.filter(({ pid }) => pid !== ours)
    const told = (process: Process) =>
      `process ${process.pid}: ${process.args.join(' ')} (configuration ${configOf(process)})`
    return trouble(
      `${daemons.length} daemons are running`,
      daemons.map(told),
      strangers.map(({ pid }) => `kill ${pid}`),
    )
  },
})

export const DAEMON_VERSION = holdfastCheck({
  code: 'H136',
  title: 'Running daemon is the installed version',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact },
  judge({ daemon: { status, process } }, host) {
    const remedy = ['holdfast --version', 'systemctl restart holdfast']
    if (status.version !== host.version)
      return trouble(
        `Running daemon is version ${status.version}, but ${host.version} is installed`,
        [`status: version ${status.version}, process ${status.pid}`],
        remedy,
      )
    if (process === null) return ok(`${status.version}; this user cannot see its executable`)
    const exe = host.inspect.link(`/proc/${process.pid}/exe`)
    if (!exe.ok)
      return skip(`needs root to see the daemon's executable, which says ${status.version}`)
    if (!exe.value.endsWith(' (deleted)')) return ok(`${status.version}, ${exe.value}`)
    return trouble(
      'Executable was replaced after the daemon had started',
      [`/proc/${process.pid}/exe: ${exe.value}`],
      remedy,
    )
  },
})

export const CONFIG_IN_FORCE = holdfastCheck({
  code: 'H137',
  title: 'Daemon has loaded the current configuration',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact, config: configFact },
  judge({ daemon: { status }, config }, host) {
    const inForce = status.config_fingerprint
    if (status.version !== host.version || inForce === undefined)
      return skip('because of H136: the daemon is another version')
    const written = fingerprint(config)
    if (written === inForce) return ok(`fingerprint ${written}`)
    const file = host.paths.configFile
    const facts = host.inspect.stat(file)
    const changed = facts.ok ? new Date(facts.value.modifiedMs).toISOString() : 'unknown'
    return trouble(
      `Daemon has not loaded the current ${file}`,
      [
        `${file}: ${written}, changed ${changed}`,
        `active: ${inForce}`,
        ...status.complaints.filter((text) => text.startsWith(file)),
      ],
      [shell`holdfast config check ${file}`, 'systemctl reload holdfast'],
    )
  },
})

/** What `H102`, `H103`, `H137` and `H152` tell with more words. */
const TOLD_ELSEWHERE = new RegExp(`; ${LAST_GOOD_CONFIG}$|^order of |^channel `)

export const COMPLAINTS = holdfastCheck({
  code: 'H138',
  title: 'Daemon reports no warnings',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact },
  judge({ daemon: { status } }) {
    const rest = status.complaints.filter((text) => !TOLD_ELSEWHERE.test(text))
    if (rest.length === 0) return ok('none')
    return trouble(
      `Daemon reports ${rest.length === 1 ? 'a warning' : `${rest.length} warnings`}`,
      rest,
      [
        'holdfast status',
        ...(rest.some((text) => text.endsWith('when the daemon is restarted'))
          ? ['systemctl restart holdfast']
          : ['journalctl -u holdfast -n 50']),
      ],
    )
  },
})
