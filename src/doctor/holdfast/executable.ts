// The program that keepalived runs: whose it is, whether it can be run, and which version it is.
import { keepalivedTable } from '../../config/keepalived-table.ts'
import { holdfastCheck } from '../categories.ts'
import { factOf, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { octal, userName } from '../facts/accounts.ts'
import { installedFact } from '../facts/keepalived-conf.ts'
import { vrrpFact } from '../facts/loaded-config.ts'
import { fact, type Host } from '../host.ts'
import { SECURITY } from '../keepalived/scripts.ts'
import { reload } from '../keepalived/service.ts'
import { shell } from '../shell.ts'

/**
 * Where keepalived finds the executable: as the configuration says, or else as the installed
 * keepalived.conf does, which may be written by hand. A package has it elsewhere than the default,
 * so that the default counts only if it is there.
 */
const programFact = fact(async (host): Promise<string | Skip> => {
  const vrrp = await vrrpFact(host)
  if (!isSkip(vrrp)) return vrrp.holdfastPath
  const installed = await installedFact(host)
  const asking = isSkip(installed)
    ? []
    : installed.model.scripts.flatMap(({ command }) => ASKING.exec(command ?? '')?.[1] ?? [])
  const usual = keepalivedTable.defaults.holdfastPath
  if (asking[0] !== undefined) return asking[0]
  if (host.inspect.real(usual).ok) return usual
  return skip('neither the configuration nor keepalived.conf names the executable')
})

/** With its links resolved. */
const realProgramFact = factOf({ program: programFact }, ({ program }, host) => {
  const real = host.inspect.real(program)
  return real.ok ? { program, real: real.value } : skip(`because of H112: ${program} is not usable`)
})

/** A script that runs "/usr/bin/holdfast check". */
const ASKING = /((?:\/[\w.+@-]+)*\/holdfast[\w.-]*) check\b/

const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000
const EXECUTABLE = 0o111

/** Parts of the path, links resolved, that somebody else than root can change. */
function flawsOf(real: string, host: Host): readonly string[] {
  const parts = real.split('/').map((_, index, all) => all.slice(0, index + 1).join('/') || '/')
  return parts.flatMap((path) => {
    const facts = host.inspect.stat(path)
    if (!facts.ok) return []
    const { kind, mode, uid } = facts.value
    const bits = octal(mode & 0o7777)
    if (uid !== 0) return [`${path} belongs to ${userName(host, uid)}, mode ${bits}`]
    // In a sticky folder such as /tmp nobody can replace what is another's.
    const isSticky = kind === 'folder' && (mode & STICKY) !== 0
    return (mode & WRITABLE_BY_OTHERS) === 0 || isSticky
      ? []
      : [`${path} has mode ${bits}: its group or everybody can change it`]
  })
}

export const PROGRAM_TRUSTED = holdfastCheck({
  code: 'H111',
  title: 'Only root can modify the holdfast executable',
  severity: 'fail',
  explainedBy: [SECURITY],
  needs: { its: realProgramFact },
  async judge({ its: { program, real } }, host) {
    const flaws = flawsOf(real, host)
    if (flaws.length === 0) return ok(real)
    const paths = flaws.map((flaw) => flaw.split(' ', 1)[0] ?? '')
    return trouble(`Users other than root can modify ${program}`, flaws, [
      `namei -l ${real}`,
      ...paths.flatMap((path) => [`chown root ${path}`, `chmod go-w ${path}`]),
      await reload(host),
    ])
  },
})

export const PROGRAM_EXECUTABLE = holdfastCheck({
  code: 'H112',
  title: 'holdfast executable exists and is executable',
  severity: 'fail',
  needs: { program: programFact },
  async judge({ program }, host) {
    const real = host.inspect.real(program)
    const facts = real.ok ? host.inspect.stat(real.value) : real
    if (!facts.ok && facts.why === 'denied') return skip(`needs root to look at ${program}`)
    const remedy = (fix: string) => [
      shell`ls -l ${program}`,
      fix,
      `# Or set [keepalived] holdfast_path in ${host.paths.configFile} to the path of the executable.`,
    ]
    const anew = remedy(shell`install -D -m 0755 "$(command -v holdfast)" ${program}`)
    if (!facts.ok) return trouble(`${program} does not exist`, [facts.error], anew)
    const { kind, mode, sizeBytes } = facts.value
    const seen = `${program}: ${kind}, mode ${octal(mode)}, ${sizeBytes} bytes`
    if (kind !== 'file' || sizeBytes === 0)
      return trouble(`${program} is not executable`, [seen], anew)
    if ((mode & EXECUTABLE) === 0)
      return trouble(
        `${program} is not executable`,
        [seen],
        remedy(shell`chmod 0755 ${real.ok ? real.value : program}`),
      )
    return ok(seen)
  },
})

export const PROGRAM_SAME = holdfastCheck({
  code: 'H113',
  title: 'keepalived runs the same holdfast version as this one',
  severity: 'warn',
  needs: { its: realProgramFact },
  async judge({ its: { program, real } }, host) {
    const own = host.inspect.link('/proc/self/exe')
    if (own.ok && own.value === real) return ok(`${program} is this executable`)
    if (host.inspect.uid === 0 && flawsOf(real, host).length > 0)
      return skip('because of H111: users other than root can modify it')
    const run = await host.inspect.run(program, ['--version'])
    if (!run.ok) return skip(`it cannot be executed: ${run.error}`)
    const said = run.value.stdout.trim().split('\n', 1)[0] ?? ''
    const version = /^holdfast (\S+) /.exec(said)?.[1]
    if (version === host.version) return ok(said)
    return trouble(
      `${program} is ${version === undefined ? 'not holdfast' : `version ${version}`}, but this is version ${host.version}`,
      [`${program} --version: ${said || `exit code ${run.value.code}`}`],
      [
        'type -a holdfast',
        `# Remove the one that you do not want, or install this one as ${program}.`,
      ],
    )
  },
})
