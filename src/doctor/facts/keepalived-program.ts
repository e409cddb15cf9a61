// Which keepalived is installed.
import { parseRelease } from '../../keepalived/release.ts'
import { fact } from '../host.ts'

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
