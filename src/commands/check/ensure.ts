// `check --ensure`: starts a daemon that is not there, detached and not more often than every 10 s.
import { spawn } from 'node:child_process'
import { closeSync, constants } from 'node:fs'
import { removeQuietly } from '../../adapters/atomic-file.ts'
import { readConfigFile } from '../../adapters/config-file.ts'
import { codeOf, explain } from '../../adapters/file-error.ts'
import { type Folder, inFolder } from '../../adapters/folder.ts'
import type { Result } from '../../ports.ts'

const RETRY_MS = 10_000
const STAMP = 'ensure.stamp'

/**
 * Starts the daemon by the configured command unless that was tried less than ten seconds ago.
 *
 * @returns a sentence on what was done, or on why nothing could be
 */
export async function ensureDaemon(runDir: string, configFile: string): Promise<Result<string>> {
  const claim = claimStamp(runDir)
  if (!claim.ok) return claim
  if (!claim.value) return { ok: true, value: 'the daemon was started less than 10 s ago' }
  const read = readConfigFile(configFile)
  if (read.kind === 'unreadable')
    return { ok: false, error: `cannot start the daemon: ${read.why}` }
  if (read.kind === 'refused')
    return { ok: false, error: `cannot start the daemon: ${configFile} has errors` }
  const [program, ...args] = read.config.daemon.startCommand
  if (program === undefined)
    return { ok: false, error: 'cannot start the daemon: daemon.start_command is empty' }
  return startDetached(program, args)
}

/**
 * True when this process is the one that may start the daemon now.
 *
 * The stamp's age is all that counts, so nothing of it is read and a link in its place is never
 * followed. An old stamp is renamed away, which only one of several processes can do, and the new
 * one is made exclusively. A stamp from the future, left by a clock step, counts as old.
 */
function claimStamp(runDir: string): Result<boolean> {
  try {
    return { ok: true, value: inFolder(runDir, claimIn) }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return { ok: true, value: false }
    const why = codeOf(error) === 'ENOENT' ? `${runDir} is missing` : explain(error, runDir)
    return { ok: false, error: `cannot start the daemon: ${STAMP}: ${why}` }
  }
}

function claimIn(folder: Folder): boolean {
  if (isYoung(folder, STAMP)) return false
  const claimed = `${STAMP}.${process.pid}`
  renameIfThere(folder, STAMP, claimed)
  if (isYoung(folder, claimed)) {
    // Another process was first, and this is its stamp.
    folder.rename(claimed, STAMP)
    return false
  }
  removeQuietly(folder, claimed)
  closeSync(folder.create(STAMP, constants.O_WRONLY, 0o600))
  return true
}

function isYoung(folder: Folder, name: string): boolean {
  const stats = folder.look(name)
  if (stats === null) return false
  const ageMs = Date.now() - stats.mtimeMs
  return ageMs >= 0 && ageMs < RETRY_MS
}

function renameIfThere(folder: Folder, from: string, to: string): void {
  try {
    folder.rename(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** In a session of its own, so that keepalived's timeout for `check` does not end it. */
function startDetached(program: string, args: readonly string[]): Promise<Result<string>> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      const { code, message } = error as NodeJS.ErrnoException
      resolve({ ok: false, error: `cannot start the daemon: ${program}: ${code ?? message}` })
    }
    try {
      const child = spawn(program, args, { cwd: '/', detached: true, stdio: 'ignore' })
      child.once('error', fail)
      child.once('spawn', () => {
        child.unref()
        resolve({ ok: true, value: `started the daemon: ${[program, ...args].join(' ')}` })
      })
    } catch (error) {
      fail(error)
    }
  })
}
