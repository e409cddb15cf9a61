// CPU and memory of the daemon at rest, 16 endpoints a second, beside a program that only asks.
import { type DaemonProcess, startDaemon } from '../daemon-process.ts'
import { type BenchContext, type Figure, megabytes, percent } from '../figure.ts'
import { raiseLoopback, startNamed } from '../host.ts'
import { anonymousKb, childrenOf, cpuMs, proportionalKb, residentKb } from '../proc.ts'
import { buildBareQueries, forgetPages } from '../programs.ts'
import { EIGHT_ADDRESSES } from '../question.ts'
import { median } from '../statistics.ts'

const GOAL_SHARE = 0.01
const GOAL_KB = 60 * 1024
/** The first minute compiles what runs often; a daemon lives for months. */
const WARM_UP_MS = 60_000
const SAMPLE_MS = 1000

interface Usage {
  /** Of one core. */
  readonly share: number
  readonly residentKb: readonly number[]
}

export async function measureDaemon(context: BenchContext): Promise<readonly Figure[]> {
  const samples = context.quick ? 10 : 120
  await raiseLoopback(EIGHT_ADDRESSES)
  const named = await startNamed(context)
  const bareProgram = await buildBareQueries(context)
  await forgetPages(bareProgram)
  const bare = Bun.spawn([bareProgram], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' })
  const daemon = await startDaemon(context, '1s')
  const warmUpMs = context.quick ? WARM_UP_MS / 6 : WARM_UP_MS
  context.say(`daemon: ${warmUpMs / 1000} s to warm up, then ${samples} s of measuring`)
  await Bun.sleep(warmUpMs)
  const fromCycles = daemon.status().flap.cycles
  const [bareUsage, usage] = await Promise.all([bare, daemon].map(({ pid }) => watch(pid, samples)))
  insistOnCycles(daemon, fromCycles, samples)
  const child = childrenOf(daemon.pid).reduce((sum, each) => sum + proportionalKb(each), 0)
  const ownKb = anonymousKb(daemon.pid)
  bare.kill('SIGKILL')
  await daemon.stop()
  await named.stop()
  if (bareUsage === undefined || usage === undefined) throw new Error('nothing was watched')
  return [cpuFigure(usage, bareUsage), memoryFigure(usage, bareUsage, ownKb, child)]
}

/** Both are watched at the same time: what disturbs one disturbs the other. */
async function watch(pid: number, samples: number): Promise<Usage> {
  const [fromCpuMs, fromMs] = [cpuMs(pid), performance.now()]
  const resident: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    await Bun.sleep(SAMPLE_MS)
    resident.push(residentKb(pid))
  }
  const share = (cpuMs(pid) - fromCpuMs) / (performance.now() - fromMs)
  return { share, residentKb: resident }
}

function insistOnCycles(daemon: DaemonProcess, from: number, seconds: number): void {
  const { flap, endpoints } = daemon.status()
  const cycles = flap.cycles - from
  if (endpoints.length === 16 && cycles >= seconds * 0.9) return
  throw new Error(
    `the daemon made ${cycles} cycles of ${endpoints.length} endpoints in ${seconds} s`,
  )
}

function cpuFigure({ share, residentKb }: Usage, bare: Usage): Figure {
  return {
    what: 'daemon at 16 endpoints a second: CPU of one core',
    reference: `bare queries in Bun: ${percent(bare.share)}`,
    goal: `≤ ${percent(GOAL_SHARE)}`,
    measured: percent(share),
    met: share <= GOAL_SHARE,
    note: 'Spread over the second, each query wakes an idle processor by itself; asked at once, as in the round a second above, they cost less and find a dead named later.',
    data: { referenceShare: bare.share, share, seconds: residentKb.length },
  }
}

function memoryFigure(usage: Usage, bare: Usage, ownKb: number, childrenKb: number): Figure {
  const referenceKb = median(bare.residentKb)
  const measuredKb = median(usage.residentKb)
  const mostKb = Math.max(...usage.residentKb)
  return {
    what: 'daemon at 16 endpoints a second: memory',
    reference: `bare queries in Bun: ${megabytes(referenceKb)}`,
    goal: `≤ ${megabytes(GOAL_KB)}`,
    measured: `${megabytes(measuredKb)}, at most ${megabytes(mostKb)}`,
    met: mostKb <= GOAL_KB,
    note: `${megabytes(ownKb)} of it are its own, the rest are pages of the executable. The child that follows address events adds ${megabytes(childrenKb)}.`,
    data: { referenceKb, measuredKb, mostKb, ownKb, childrenKb },
  }
}
