// The executable as a daemon.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import type { BenchContext } from './figure.ts'
import { forgetPages, succeed } from './programs.ts'

export interface DaemonProcess {
  readonly pid: number
  status(): StatusDocument
  stop(): Promise<void>
}

const HEALTHY_CEILING_MS = 15_000
const POLL_MS = 20

/** Starts the daemon on this host's addresses, and waits until it is healthy. */
export async function startDaemon(context: BenchContext, period: string): Promise<DaemonProcess> {
  const folder = join(context.workDir, 'daemon')
  const runDir = join(folder, 'run')
  const configFile = join(folder, 'holdfast.toml')
  mkdirSync(runDir, { recursive: true })
  // /run is in memory on a real host too. The mount ends with this part's namespace.
  await succeed(['mount', '-t', 'tmpfs', 'holdfast-bench', runDir])
  writeFileSync(join(folder, 'order'), 'bench\n')
  writeFileSync(configFile, configText(folder, period))
  await forgetPages(context.executable)
  const child = Bun.spawn([context.executable, 'daemon', '--config', configFile], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const log = new Response(child.stderr).text()
  const status = () =>
    JSON.parse(readFileSync(join(runDir, 'status.json'), 'utf8')) as StatusDocument
  const deadlineMs = performance.now() + HEALTHY_CEILING_MS
  while (!isHealthy(status)) {
    if (child.exitCode === null && performance.now() < deadlineMs) await Bun.sleep(POLL_MS)
    else {
      child.kill('SIGKILL')
      throw new Error(`the daemon did not become healthy:\n${await log}`)
    }
  }
  return {
    pid: child.pid,
    status,
    async stop() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}

function isHealthy(status: () => StatusDocument): boolean {
  try {
    return status().health === 'healthy'
  } catch {
    return false
  }
}

function configText(folder: string, period: string): string {
  return `[server]
name = "bench"

[clusters.recdns]
order_file = "${folder}/order"

[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.1"]

[timing]
check_interval = "${period}"

[paths]
run_dir = "${folder}/run"
state_dir = "${folder}/state"
`
}
