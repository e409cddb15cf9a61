// What the scenarios of planned work share: labs whose servers know each other, and the commands.
import { describe, test } from 'bun:test'
import { type ClientReport, lostOver } from './client-report.ts'
import { whyNoLab } from './environment.ts'
import { createLab, type Lab, type LabOptions, onLab } from './lab.ts'
import { ownAddresses } from './layout.ts'
import type { Completed, LabProcess } from './process.ts'
import type { LabServer } from './server.ts'

const CEILING_MS = 240_000
const POLL_MS = 50

/**
 * A table for each server, as a real config has it, and a short probation for what fails by itself.
 *
 * @param advert what is told here is an order of steps: a keepalived that waits for the kernel, which
 *   other work on this computer holds up, must not pass for a dead one after three of them
 */
export function serversToml(servers: readonly string[], advert = '300ms'): string {
  const tables = servers.map((name, index) => {
    const { v4, v6 } = ownAddresses(index)
    return `[servers.${name}]\naddresses = ["${v4}", "${v6}"]\n`
  })
  const keepalived = `[keepalived]\ninterface = "eth0"\nadvert_interval = "${advert}"\n`
  return `[flap]\nfailback_delay = "3s"\n\n${keepalived}\n${tables.join('\n')}`
}

/** One test with a lab of its own, started and settled. */
export function maintenance(
  name: string,
  options: LabOptions,
  play: (lab: Lab) => Promise<void>,
): void {
  const obstacle = whyNoLab()
  if (obstacle !== null) console.log(`skipped: ${name}: ${obstacle}`)
  describe.skipIf(obstacle !== null)(name, () => {
    const run = () => {
      const extraToml = serversToml(options.servers ?? ['s1', 's2', 's3'])
      return onLab(createLab({ extraToml, ...options }), async (lab) => {
        await lab.start()
        await play(lab)
      })
    }
    test(`loopback addresses ${options.onLoopback === true ? 'on' : 'off'}`, run, CEILING_MS)
  })
}

export function holdfast(server: LabServer, ...words: string[]): Promise<Completed> {
  return server.node.exec(['holdfast', ...words])
}

/** As `holdfast`, and fails with what it said unless it exits with this code. */
export async function expectExit(
  code: number,
  server: LabServer,
  ...words: string[]
): Promise<string> {
  const done = await holdfast(server, ...words)
  const said = `${done.stdout}${done.stderr}`
  if (done.code === code) return said
  throw new Error(`${server.name}$ holdfast ${words.join(' ')}: exit ${done.code}\n${said}`)
}

/** Starts a command whose steps a test acts upon. */
export function begin(server: LabServer, ...words: string[]): Promise<LabProcess> {
  return server.node.spawn(words[0] ?? '', ['holdfast', ...words, '--json'])
}

/** Waits until a command has told a step. */
export async function untilStep(process: LabProcess, step: string): Promise<void> {
  await process.log.waitFor(new RegExp(`"step":"${step}"`))
}

export function modeOf(server: LabServer): string | null {
  const text = server.node.path('/var/lib/holdfast/override.json')
  try {
    return (JSON.parse(server.node.read('/var/lib/holdfast/override.json')) as { mode: string })
      .mode
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Error(`${text}: ${error}`)
  }
}

export async function until(what: string, condition: () => boolean, ceilingMs = 30_000) {
  for (let waitedMs = 0; waitedMs < ceilingMs; waitedMs += POLL_MS) {
    if (condition()) return
    await Bun.sleep(POLL_MS)
  }
  throw new Error(`not within ${ceilingMs} ms: ${what}`)
}

/** Lost queries by transport: those over TCP can have been open while the address moved. */
export function lostText(report: ClientReport): string {
  const { sent, longestGapMs, stallMs } = report
  const gap = `longest gap ${longestGapMs.toFixed(0)} ms, client stalled ${stallMs.toFixed(0)} ms`
  return `${sent} sent, lost ${lostOver('udp', report)} over UDP and ${lostOver('tcp', report)} over TCP, ${gap}`
}
