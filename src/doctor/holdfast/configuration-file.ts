// Is there a configuration, and is it one?
import { diagnosticLine } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { type DaemonFact, daemonFact } from '../facts/daemon-process.ts'
import { configReadingFact } from '../facts/loaded-config.ts'
import { shell } from '../shell.ts'

const MAX_ERRORS = 8

export const CONFIG_READABLE = holdfastCheck({
  code: 'H101',
  title: 'The configuration can be read',
  severity: 'fail',
  needs: { reading: configReadingFact },
  async judge({ reading }, host) {
    if (reading.kind !== 'unreadable') return ok(host.paths.configFile)
    if (reading.cause === 'denied' && host.inspect.uid !== 0) return skip('needs root to read it')
    const daemon = await daemonFact(host)
    return trouble(
      `${host.paths.configFile} cannot be read`,
      [reading.why, whatTheDaemonDoes(daemon)],
      [
        shell`ls -l ${host.paths.configFile}`,
        'put it back: it is the same on every server, so that any other one has a copy',
        ...(daemon.kind === 'dead' ? ['systemctl restart holdfast'] : []),
      ],
    )
  },
})

export const CONFIG_VALID = holdfastCheck({
  code: 'H102',
  title: 'The configuration has no errors',
  severity: 'fail',
  needs: { reading: configReadingFact },
  async judge({ reading }, host) {
    if (reading.kind === 'unreadable') return skip('the configuration cannot be read: H101')
    if (reading.kind === 'config') return ok(`${host.paths.configFile} is valid`)
    const { diagnostics } = reading
    const daemon = await daemonFact(host)
    const more = diagnostics.length - MAX_ERRORS
    return trouble(
      `${host.paths.configFile} has ${diagnostics.length === 1 ? '1 error' : `${diagnostics.length} errors`}`,
      [
        ...diagnostics.slice(0, MAX_ERRORS).map(diagnosticLine),
        ...(more > 0 ? [`and ${more} more`] : []),
        whatTheDaemonDoes(daemon),
      ],
      [
        shell`holdfast config check ${host.paths.configFile}`,
        daemon.kind === 'dead' ? 'systemctl restart holdfast' : 'systemctl reload holdfast',
      ],
    )
  },
})

/** What is told elsewhere of a daemon that does not run, here where its cause is told. */
function whatTheDaemonDoes(daemon: DaemonFact): string {
  return daemon.kind === 'dead'
    ? 'the daemon does not run, and will not start like this'
    : 'the daemon runs on with what it had'
}
