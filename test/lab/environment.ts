// Whether this machine can raise a lab, and if not, what is missing.

const PROGRAMS = ['unshare', 'nsenter', 'ip', 'sysctl', 'nft', 'perl', 'named', 'keepalived']

/** Null when a lab can be raised here, else the reason in a sentence. */
export function whyNoLab(): string | null {
  if (process.getuid?.() !== 0) return 'The lab makes network namespaces, and that needs root.'
  const missing = PROGRAMS.filter((program) => Bun.which(program, { PATH: SEARCH }) === null)
  if (missing.length > 0) return `The lab needs programs that are not here: ${missing.join(', ')}.`
  const trial = Bun.spawnSync(['unshare', '--mount', '--net', '--pid', '--uts', '--fork', 'true'])
  if (trial.exitCode !== 0)
    return `No namespaces can be made here: ${trial.stderr.toString().trim()}`
  return null
}

const SEARCH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
