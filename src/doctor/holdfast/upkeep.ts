// Is what runs what is installed, and does it go by what is written?
import { fingerprint } from '../../config/fingerprint.ts'
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { speakingDaemonFact } from '../facts/daemon-process.ts'
import { configFact } from '../facts/loaded-config.ts'
import { shell } from '../shell.ts'

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
      return skip('the daemon is of another version: H136')
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
const TOLD_ELSEWHERE = [
  / and is refused; the last good config stays in force$/,
  /^order of /,
  /^channel /,
]

export const COMPLAINTS = holdfastCheck({
  code: 'H138',
  title: 'The daemon has nothing to complain of',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact },
  judge({ daemon: { status } }) {
    const rest = status.complaints.filter(
      (text) => !TOLD_ELSEWHERE.some((pattern) => pattern.test(text)),
    )
    if (rest.length === 0) return ok('it has none')
    return trouble('the daemon complains', rest, [
      'holdfast status',
      ...(rest.some((text) => text.endsWith('when the daemon is restarted'))
        ? ['systemctl restart holdfast']
        : ['journalctl -u holdfast -n 50']),
    ])
  },
})
