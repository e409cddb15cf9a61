// The folders of the daemon: there, its own, and nobody else's to write to.
import { holdfastCheck } from '../categories.ts'
import { type Finding, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { ownership, userId, userName } from '../facts/accounts.ts'
import { foldersOf, isBalancer } from '../facts/loaded-config.ts'
import { daemonFact } from '../facts/running-daemon.ts'
import { hasSystemd, unitProperty } from '../facts/systemd-unit.ts'
import { explanationOf } from '../finding.ts'
import { fact, type Host } from '../host.ts'
import { reload } from '../keepalived/service.ts'
import { shell } from '../shell.ts'
import { UNIT } from './service-unit.ts'

const OTHERS_MAY_WRITE = 0o002
const GROUP_MAY_WRITE = 0o020

/** The user that the daemon runs as, or would; null where nothing tells. */
const daemonUid = fact(async (host): Promise<number | null> => {
  const daemon = await daemonFact(host)
  if (daemon.kind === 'running') return daemon.process.uid
  const user = await unitProperty(host, UNIT, 'User')
  return user === '' ? null : userId(host, user)
})

interface Flaw {
  readonly what: string
  /** What was seen, in one line. */
  readonly seen: string
}

/** What is wrong with a folder; null when nothing is, and a skip when it cannot be seen. */
function flawOf(host: Host, path: string, uid: number | null): Flaw | Skip | null {
  const real = host.inspect.real(path)
  const facts = real.ok ? host.inspect.stat(real.value) : real
  if (!facts.ok) {
    if (facts.why === 'denied') return skip(`needs root to look at ${path}`)
    return { what: `${path} is missing`, seen: facts.error }
  }
  const { kind, mode, uid: owner } = facts.value
  const seen = `${path}: ${kind}, ${ownership(host, facts.value)}`
  if (kind !== 'folder') return { what: `${path} is not a directory`, seen }
  if ((mode & OTHERS_MAY_WRITE) !== 0) return { what: `${path} is world-writable`, seen }
  if (uid === null || mayWrite(uid, owner, mode)) return null
  return { what: `${path} does not belong to the daemon's user ${userName(host, uid)}`, seen }
}

function mayWrite(uid: number, owner: number, mode: number): boolean {
  return owner === uid || (uid !== 0 && owner === 0 && (mode & GROUP_MAY_WRITE) !== 0)
}

async function judge(
  host: Host,
  paths: readonly string[],
  remedy: (user: string) => readonly string[],
): Promise<Finding> {
  const uid = await daemonUid(host)
  const flaws: Flaw[] = []
  for (const path of paths) {
    const flaw = flawOf(host, path, uid)
    if (flaw === null) continue
    if (isSkip(flaw)) return flaw
    flaws.push(flaw)
  }
  if (flaws.length === 0) return ok(paths.join(', '))
  const user = uid === null ? 'holdfast' : userName(host, uid)
  return trouble(
    flaws.map(({ what }) => what).join('; '),
    flaws.map(({ seen }) => seen),
    remedy(user),
  )
}

/** Those that keepalived follows files in; a load balancer has another one for its weights. */
async function runFolders(host: Host): Promise<readonly [string, ...string[]]> {
  const { runDir } = await foldersOf(host)
  const weights = (await isBalancer(host)) ? [`${runDir}/weight`] : []
  return [runDir, `${runDir}/priority`, ...weights]
}

export const RUN_FOLDERS = holdfastCheck({
  code: 'H127',
  title: 'Only the daemon can write to RUN_DIR and RUN_DIR/priority',
  severity: 'fail',
  async judge(_, host) {
    const folders = await runFolders(host)
    const anew = await reload(host)
    const finding = await judge(host, folders, (user) => [
      shell`ls -ld ${folders}`,
      hasSystemd(host) ? 'systemd-tmpfiles --create' : shell`install -d -o ${user} ${folders}`,
      shell`chown ${user} ${folders}`,
      shell`chmod o-w ${folders}`,
      anew,
    ])
    if (finding.kind !== 'trouble' || (await explanationOf(host, [TMPFILES])) === null)
      return finding
    const before = 'tmpfiles.d does not create all of it: fix H126 first'
    return { ...finding, evidence: [...finding.evidence, before] }
  },
})

export const STATE_FOLDERS = holdfastCheck({
  code: 'H128',
  title: 'STATE_DIR belongs to the daemon and is not world-writable',
  severity: 'fail',
  needs: { folders: foldersOf },
  async judge({ folders: { stateDir } }, host) {
    const spool = `${stateDir}/spool`
    const orders = (await isBalancer(host)) ? [`${stateDir}/backend`] : []
    return judge(host, [stateDir, spool, ...orders], (user) => [
      shell`ls -ld ${stateDir} ${spool}`,
      shell`install -d -o ${user} -m 0755 ${stateDir}`,
      shell`install -d -o ${user} -m 2770 ${spool}`,
      ...orders.map((path) => shell`install -d -o ${user} -m 0755 ${path}`),
      shell`chmod o-w ${stateDir} ${spool}`,
    ])
  },
})

/** In the order in which the first file of a name counts (tmpfiles.d(5)). */
const TMPFILES_FOLDERS = ['/etc/tmpfiles.d', '/run/tmpfiles.d', '/usr/lib/tmpfiles.d']

/** Under the name of the package's file it would count instead of all that stands in that. */
const OWN_TMPFILES = '/etc/tmpfiles.d/holdfast-local.conf'

export const TMPFILES = holdfastCheck({
  code: 'H126',
  title: 'tmpfiles.d creates RUN_DIR/priority at boot',
  severity: 'warn',
  async judge(_, host) {
    if (!hasSystemd(host)) return skip('systemd is not running')
    const { runDir } = await foldersOf(host)
    const made = new Map(tmpfilesIn(host).map(({ path, line }) => [path, line]))
    const missing = (await runFolders(host)).filter((path) => !made.has(path))
    if (missing.length === 0) return ok(made.get(`${runDir}/priority`) ?? '')
    const user = userName(host, (await daemonUid(host)) ?? 0)
    return trouble(
      `tmpfiles.d does not create ${missing.join(' and ')} at boot`,
      TMPFILES_FOLDERS.map((folder) => `${folder}: no line of type d for ${missing.join(', ')}`),
      [
        ...missing.map((path) => `echo "d ${path} 0755 ${user} ${user}" >> ${OWN_TMPFILES}`),
        'systemd-tmpfiles --create',
      ],
    )
  },
})

/** Every folder that tmpfiles.d makes. */
function tmpfilesIn(host: Host): readonly { readonly path: string; readonly line: string }[] {
  const seen = new Set<string>()
  return TMPFILES_FOLDERS.flatMap((folder) => {
    const names = host.inspect.list(folder)
    return (names.ok ? names.value : []).flatMap((name) => {
      if (!name.endsWith('.conf') || seen.has(name)) return []
      seen.add(name)
      const file = host.inspect.text(`${folder}/${name}`)
      return file.ok ? parseTmpfiles(file.value) : []
    })
  })
}

/** Lines that make a folder, such as "d /run/holdfast 0755 holdfast holdfast -". */
export function parseTmpfiles(text: string): { readonly path: string; readonly line: string }[] {
  return text.split('\n').flatMap((line) => {
    const [type = '', path = ''] = line.trim().split(/\s+/)
    const isFolder = /^[dDvqQ][!+=~^$-]*$/.test(type)
    return isFolder ? [{ path: path.replace(/^"(.*)"$/, '$1').replace(/(.)\/$/, '$1'), line }] : []
  })
}
