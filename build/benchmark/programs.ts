// Executables to measure and to measure beside, all of them made and treated alike.
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext } from './figure.ts'

/** The same switches as build/build has for the product. */
const COMPILE = [
  ...['--compile', '--minify', '--bytecode', '--format=esm', '--splitting'],
  ...['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'],
]

/** Compiles a program that says "ok": the least that any Bun executable costs. */
export async function buildTrivial(context: BenchContext): Promise<string> {
  const source = join(context.workDir, 'trivial.ts')
  writeFileSync(source, "console.log('ok')\n")
  return compile(source, join(context.workDir, 'trivial'))
}

/** Compiles the program that asks and listens, and does nothing else. */
export async function buildBareQueries(context: BenchContext): Promise<string> {
  return compile(join(import.meta.dir, 'bare-queries.ts'), join(context.workDir, 'bare-queries'))
}

async function compile(source: string, outfile: string): Promise<string> {
  await succeed([process.execPath, 'build', source, ...COMPILE, '--outfile', outfile])
  return outfile
}

/** A copy that has just been written, as after an install. */
export function copyFresh(file: string, folder: string): string {
  const copy = join(folder, file.slice(file.lastIndexOf('/') + 1))
  copyFileSync(file, copy)
  return copy
}

/**
 * Takes a file out of the page cache, as a reboot does: the next start reads it from disk. Of a file
 * that has just been written the kernel maps larger pieces, and counts all of them as resident.
 */
export async function forgetPages(file: string): Promise<void> {
  await succeed(['sync', file])
  await succeed(['dd', `if=${file}`, 'iflag=nocache', 'count=0', 'status=none'])
}

export async function succeed(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const [text, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${text}`)
}
