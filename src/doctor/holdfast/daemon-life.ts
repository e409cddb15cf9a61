// Does the daemon run, does it answer, and is it what is installed? Dead and hung are told apart.
import { fingerprint } from '../../config/fingerprint.ts'
import { durationText } from '../../documents/text.ts'
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
import { verdictText } from './daemon-verdict.ts'
import { ACCOUNT, journal, lacksUnit, restartsFact, UNIT } from './service-unit.ts'

/** A daemon writes its first status well within this. */
const STARTING_MS = 5000

export const DAEMON_RUNS = holdfastCheck({
  code: 'H131',
  title: 'The daemon runs',
  severity: 'fail',
  explainedBy: [ACCOUNT],
  needs: { daemon: daemonFact },
  async judge({ daemon }, host) {
    if (daemon.kind === 'unseen') return ok('its status is fresh; its process is hidden from you')
    if (daemon.kind === 'running') return ok(describe(daemon.process, host))
    const config = await configFact(host)
    if (isSkip(config)) return skip(`it does not run, for ${config.why}`)
    if (await lacksUnit(host))
      return skip(`because of H121: it does not run, and there is no usable ${UNIT}`)
    if ((await restartsFact(host)) !== null)
      return skip('because of H135: it is restarted again and again')
    return trouble(
      'the daemon does not run',
      [
        'no process is "holdfast daemon"',
        whatTheStatusSays(daemon),
        ...(hasSystemd(host) ? await journal(host) : []),
      ],
      hasSystemd(host)
        ? ['systemctl status holdfast', 'journalctl -u holdfast -n 50', 'systemctl start holdfast']
        : ['holdfast daemon', 'start it by whatever starts services here'],
    )
  },
})

function describe({ pid, startedBootMs }: Process, host: Host): string {
  return `process ${pid}, for ${durationText(host.inspect.clock.bootMs() - startedBootMs)}`
}

function whatTheStatusSays({ status }: DaemonFact): string {
  if (status.kind !== 'fresh') return `status: ${status.why}`
  const { pid, written_at } = status.document
  return `status: written at ${written_at} by process ${pid}, which has gone`
}

export const STATUS_FRESH = holdfastCheck({
  code: 'H132',
  title: 'The daemon keeps its status fresh',
  severity: 'fail',
  needs: { daemon: livingDaemonFact },
  async judge({ daemon }, host) {
    if (daemon.kind === 'unseen') return ok('fresh')
    const { status, process } = daemon
    if (status.kind === 'fresh') return ok(verdictText(status.document))
    if (status.kind === 'denied') return skip(`needs root: ${status.why}`)
    if (status.kind === 'unreadable')
      return skip('because of H133: the status cannot be understood')
    const ageMs = host.inspect.clock.bootMs() - process.startedBootMs
    const hasWritten = status.kind === 'stale' && status.document.pid === process.pid
    if (ageMs < STARTING_MS && !hasWritten)
      return skip(`it has just started, ${durationText(ageMs)} ago`)
    const stopped = isStopped(process)
    const { runDir } = await foldersOf(host)
    return trouble(
      stopped
        ? `the daemon, process ${process.pid}, is stopped by a signal`
        : `the daemon, process ${process.pid}, lives and does not write its status`,
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
  title: 'The status is a status',
  severity: 'fail',
  needs: { daemon: livingDaemonFact },
  async judge({ daemon }, host) {
    if (daemon.status.kind === 'denied') return skip(`needs root: ${daemon.status.why}`)
    if (daemon.status.kind !== 'unreadable') return ok('understood')
    const { runDir } = await foldersOf(host)
    const path = `${runDir}/status.json`
    const read = host.inspect.text(path, 4 * 1024 * 1024)
    const start = read.ok ? [`it begins with ${JSON.stringify(read.value.slice(0, 60))}`] : []
    return trouble(
      `${path} cannot be understood`,
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
  title: 'One daemon runs, and not two',
  severity: 'warn',
  async judge(_, host) {
    const daemons = daemonsIn(await processesFact(host))
    if (daemons.length === 0) return skip('because of H131: none is seen')
    const [first] = daemons
    if (daemons.length === 1 && first !== undefined) return ok(`process ${first.pid}`)
    const daemon = await daemonFact(host)
    const ours = daemon.kind === 'running' ? daemon.process.pid : null
    const strangers = daemons.filter(({ pid }) => pid !== ours)
    const told = (process: Process) =>
      `process ${process.pid}: ${process.args.join(' ')} (configuration ${configOf(process)})`
    return trouble(
      `${daemons.length} daemons run here`,
      daemons.map(told),
      strangers.map(({ pid }) => `kill ${pid}`),
    )
  },
})

export const DAEMON_VERSION = holdfastCheck({
  code: 'H136',
  title: 'The daemon is of the installed version',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact },
  judge({ daemon: { status, process } }, host) {
    const remedy = ['holdfast --version', 'systemctl restart holdfast']
    if (status.version !== host.version)
      return trouble(
        `the daemon is version ${status.version}, and ${host.version} is installed`,
        [`status: version ${status.version}, process ${status.pid}`],
        remedy,
      )
    if (process === null) return ok(`${status.version}; its executable is hidden from you`)
    const exe = host.inspect.link(`/proc/${process.pid}/exe`)
    if (!exe.ok)
      return skip(`needs root to see the daemon's executable, which says ${status.version}`)
    if (!exe.value.endsWith(' (deleted)')) return ok(`${status.version}, ${exe.value}`)
    return trouble(
      'the executable was replaced after the daemon had started',
      [`/proc/${process.pid}/exe: ${exe.value}`],
      remedy,
    )
  },
})

export const CONFIG_IN_FORCE = holdfastCheck({
  code: 'H137',
  title: 'The daemon goes by the configuration as it is written',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact, config: configFact },
  judge({ daemon: { status }, config }, host) {
    const inForce = status.config_fingerprint
    if (status.version !== host.version || inForce === undefined)
      return skip('because of H136: the daemon is of another version')
    const written = fingerprint(config)
    if (written === inForce) return ok(`fingerprint ${written}`)
    const file = host.paths.configFile
    const facts = host.inspect.stat(file)
    const changed = facts.ok ? new Date(facts.value.modifiedMs).toISOString() : 'unknown'
    return trouble(
      `the daemon goes by another configuration than ${file}`,
      [
        `${file}: ${written}, changed ${changed}`,
        `in force: ${inForce}`,
        ...status.complaints.filter((text) => text.startsWith(file)),
      ],
      [shell`holdfast config check ${file}`, 'systemctl reload holdfast'],
    )
  },
})

/** What `H102`, `H103`, `H137` and `H152` tell with more words. */
const TOLD_ELSEWHERE = / and is refused; the last good config stays in force$|^order of |^channel /

export const COMPLAINTS = holdfastCheck({
  code: 'H138',
  title: 'The daemon has nothing to complain of',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact },
  judge({ daemon: { status } }) {
    const rest = status.complaints.filter((text) => !TOLD_ELSEWHERE.test(text))
    if (rest.length === 0) return ok('it has none')
    return trouble('the daemon complains', rest, [
      'holdfast status',
      ...(rest.some((text) => text.endsWith('when the daemon is restarted'))
        ? ['systemctl restart holdfast']
        : ['journalctl -u holdfast -n 50']),
    ])
  },
})
