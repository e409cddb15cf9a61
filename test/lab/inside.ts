// Files and commands of a machine, from outside: through the namespaces of its first process.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Completed, type LabProcess, runInside, spawnInside } from './process.ts'

export interface Inside {
  /** Where a path of the machine is found from outside. */
  path(path: string): string
  read(path: string): string
  /** Writes a file by rename, so that readers inside see the old or the new one. */
  write(path: string, text: string, mode?: number): void
  remove(path: string): void
  exec(command: readonly string[], input?: string): Promise<Completed>
  /** As `exec`, but fails unless the command succeeds; returns its output. */
  run(command: readonly string[], input?: string): Promise<string>
  spawn(name: string, command: readonly string[], env?: Record<string, string>): Promise<LabProcess>
}

/**
 * @param pid asked anew each time: a machine that boots again has another first process
 * @param within what a command is run by, inside of the machine
 */
export function insideOf(name: string, pid: () => number, within: readonly string[] = []): Inside {
  const path = (inner: string) => `/proc/${pid()}/root${inner}`
  return {
    path,
    read: (inner) => readFileSync(path(inner), 'utf8'),
    write(inner, text, mode = 0o644) {
      mkdirSync(dirname(path(inner)), { recursive: true })
      const temporary = path(`${dirname(inner)}/.${process.pid}.new`)
      writeFileSync(temporary, text, { mode })
      renameSync(temporary, path(inner))
    },
    remove: (inner) => rmSync(path(inner), { recursive: true, force: true }),
    exec: (command, input) => runInside(pid(), 'all', [...within, ...command], input),
    async run(command, input) {
      return succeed(command, await runInside(pid(), 'all', [...within, ...command], input))
    },
    spawn: (label, command, env) =>
      spawnInside(pid(), `${name} ${label}`, [...within, ...command], env),
  }
}

/** The output of a command, or an error with what it complained about. */
export function succeed(command: readonly string[], done: Completed): string {
  if (done.code === 0) return done.stdout
  throw new Error(`${command.join(' ')}: exit ${done.code}\n${done.stdout}${done.stderr}`)
}

/** What a script says first, once it is ready; fails with what it complained about. */
export async function firstLine(
  stdout: ReadableStream<Uint8Array>,
  stderr: ReadableStream<Uint8Array>,
): Promise<string> {
  const reader = stdout.getReader()
  const { done, value } = await reader.read()
  reader.releaseLock()
  if (done) throw new Error(`a namespace could not be made: ${await new Response(stderr).text()}`)
  return new TextDecoder().decode(value).trim()
}
