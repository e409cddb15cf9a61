// Whether this computer can boot machines, and if not, what is missing.
import { readFileSync } from 'node:fs'

const PROGRAMS = [
  ...['unshare', 'nsenter', 'setsid', 'flock', 'ip'],
  ...['systemd-nspawn', 'mmdebstrap', 'dpkg-scanpackages'],
]

const SEARCH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Null when machines can be booted here, else the reason in a sentence. */
export function whyNoMachines(): string | null {
  if (process.getuid?.() !== 0) return 'Booting machines needs root.'
  if (!/^VERSION_CODENAME=bookworm$/m.test(osRelease()))
    return 'The machines are Debian 12, made from what apt of a Debian 12 finds.'
  const missing = PROGRAMS.filter((program) => Bun.which(program, { PATH: SEARCH }) === null)
  if (missing.length > 0) return `Booting machines needs ${missing.join(', ')}: run build/setup.`
  const flags = ['--mount', '--net', '--pid', '--uts', '--ipc', '--fork']
  const trial = Bun.spawnSync(['unshare', ...flags, 'true'])
  if (trial.exitCode !== 0)
    return `No namespaces can be made here: ${trial.stderr.toString().trim()}`
  return null
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
