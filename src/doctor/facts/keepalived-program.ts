// Which keepalived is installed, and which one runs.
import { findKeepalived } from '../../keepalived/process.ts'
import { parseRelease } from '../../keepalived/release.ts'
import { fact } from '../host.ts'
import { allProcessesFact } from './processes.ts'

/** What `keepalived --version` said: it speaks on standard error. */
export const versionTextFact = fact(async (host) => {
  const run = await host.inspect.run('keepalived', ['--version'])
  return run.ok ? { ...run, value: `${run.value.stdout}${run.value.stderr}` } : run
})

/** The release of the program on disk, or null where it does not say. */
export const releaseFact = fact(async (host) => {
  const said = await versionTextFact(host)
  return said.ok ? parseRelease(said.value) : null
})

/** One in a container that has this host's network holds this host's addresses. */
export const keepalivedFact = fact(async (host) =>
  findKeepalived(host.inspect, await allProcessesFact(host)),
)
