// Boots the hosts of docs/tutorial.md until Ctrl-C, or opens a shell on one of them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { enter } from '../../test/lab/process.ts'
import { whyNoMachines } from '../../test/machines/environment.ts'
import { AS_ROOT_OF_THE_MACHINE, type Machine } from '../../test/machines/machine.ts'
import type { Machines } from '../../test/machines/machines.ts'
import { createPlayground } from '../../test/machines/playground.ts'

/** For each host a file with its first process, which is another one after a reboot. */
const FOLDER = '/run/holdfast-playground'
const LOOK_EVERY_MS = 100
const SHELL = [
  ...['env', '-i', `TERM=${process.env.TERM ?? 'dumb'}`, 'HOME=/root', 'LANG=C.UTF-8'],
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ...['bash', '-c', 'cd && exec bash -l'],
]

const complain = (text: string) => console.error(`build/playground: ${text}`)

async function boot(): Promise<number> {
  const obstacle = whyNoMachines()
  if (obstacle !== null) {
    complain(obstacle)
    return 1
  }
  if (runningPid('owner') !== null) {
    complain('it is running in another terminal')
    return 1
  }
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}/owner`, `${process.pid}\n`)
  console.log('Booting two hosts. The first time on a computer this takes some minutes.')
  let machines: Machines | null = null
  const end = async (code: number) => {
    await machines?.destroy()
    rmSync(FOLDER, { recursive: true, force: true })
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, async () => {
      console.log('\nBoth hosts and everything on them has ended.')
      await end(0)
    })
  machines = await createPlayground()
  for (const { name, v4 } of machines.all)
    console.log(`${name}  ${v4}  a root shell, in another terminal: build/playground ${name}`)
  console.log('Ctrl-C ends both and removes everything.')
  setInterval(() => machines?.all.forEach(noteFirstProcess), LOOK_EVERY_MS)
  return new Promise<never>(() => {})
}

function noteFirstProcess(machine: Machine): void {
  try {
    writeFileSync(`${FOLDER}/${machine.name}`, `${machine.pid}\n`)
  } catch {
    // It is rebooting: there is no first process for a moment.
  }
}

async function openShell(name: string): Promise<number> {
  const pid = runningPid(name)
  if (pid === null) {
    complain(`no host ${name} is running: start both by build/playground in another terminal`)
    return 1
  }
  const command = enter(pid, 'all', [...AS_ROOT_OF_THE_MACHINE, ...SHELL])
  return Bun.spawn(command, { stdio: ['inherit', 'inherit', 'inherit'] }).exited
}

/** The process that a file names, while that runs. */
function runningPid(name: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(`${FOLDER}/${name}`, 'utf8'), 10)
    process.kill(pid, 0)
    return pid
  } catch {
    return null
  }
}

const [name] = process.argv.slice(2)
try {
  process.exit(await (name === undefined ? boot() : openShell(name)))
} catch (error) {
  rmSync(FOLDER, { recursive: true, force: true })
  complain(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
