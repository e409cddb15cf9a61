// `check --ensure`: starts a daemon that is not there, detached and not more often than every 10 s.
import { spawn } from 'node:child_process'
import { closeSync, constants, lstatSync, openSync, renameSync, rmSync } from 'node:fs'
import type { Result } from '../../ports.ts'
import { readConfigFile } from '../frame/config-file.ts'

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
  const stamp = `${runDir}/${STAMP}`
  try {
    if (isYoung(stamp)) return { ok: true, value: false }
    const claimed = `${stamp}.${process.pid}`
    renameIfThere(stamp, claimed)
    const lostRace = isYoung(claimed)
    if (lostRace) renameSync(claimed, stamp)
    else rmSync(claimed, { force: true })
    if (lostRace) return { ok: true, value: false }
    closeSync(openSync(stamp, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600))
    return { ok: true, value: true }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return { ok: true, value: false }
    const why = code === 'ENOENT' ? `${runDir} is missing` : `${stamp}: ${code ?? message}`
    return { ok: false, error: `cannot start the daemon: ${why}` }
  }
}

function isYoung(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return false
  const ageMs = Date.now() - stats.mtimeMs
  return ageMs >= 0 && ageMs < RETRY_MS
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
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
