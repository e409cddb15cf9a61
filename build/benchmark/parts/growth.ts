// Memory of the daemon over 10,000 cycles, at a period that makes them in minutes rather than hours.
import { type DaemonProcess, startDaemon } from '../daemon-process.ts'
import { type BenchContext, type Figure, megabytes, NO_REFERENCE } from '../figure.ts'
import { raiseLoopback, startNamed } from '../host.ts'
import { residentKb } from '../proc.ts'
import { EIGHT_ADDRESSES } from '../question.ts'
import { median } from '../statistics.ts'

/** What the last check cycles may hold more than the early ones: less is the collector's own rhythm. */
const FLAT_KB = 3 * 1024
const PERIOD = '10ms'
const SAMPLE_MS = 250
const STUCK_MS = 30_000

interface Sample {
  readonly cycles: number
  readonly residentKb: number
}

export async function measureGrowth(context: BenchContext): Promise<readonly Figure[]> {
  const total = context.quick ? 1000 : 10_000
  await raiseLoopback(EIGHT_ADDRESSES)
  const named = await startNamed(context)
  const daemon = await startDaemon(context, PERIOD)
  const samples = await sampleUntil(daemon, total, (done) => context.say(`growth: ${done} cycles`))
  await daemon.stop()
  await named.stop()
  return [figure(samples, total)]
}

async function sampleUntil(
  daemon: DaemonProcess,
  total: number,
  progress: (cycles: number) => void,
): Promise<Sample[]> {
  const samples: Sample[] = []
  let told = 0
  let last = { cycles: -1, atMs: performance.now() }
  for (;;) {
    const { cycles } = daemon.status().flap
    if (cycles > last.cycles) last = { cycles, atMs: performance.now() }
    if (performance.now() - last.atMs > STUCK_MS) throw new Error(`no cycle after ${cycles}`)
    samples.push({ cycles, residentKb: residentKb(daemon.pid) })
    if (cycles - told >= total / 4) {
      progress(cycles)
      told = cycles
    }
    if (cycles >= total) return samples
    await Bun.sleep(SAMPLE_MS)
  }
}

/** Early and late are three tenths each: the first tenth is spent on growing to working size. */
function figure(samples: readonly Sample[], total: number): Figure {
  const between = (from: number, to: number) =>
    samples.filter(({ cycles }) => cycles >= from * total && cycles < to * total)
  const medianKb = (some: readonly Sample[]) => median(some.map((sample) => sample.residentKb))
  const earlyKb = medianKb(between(0.1, 0.4))
  const lateKb = medianKb(between(0.7, 1))
  const mostKb = Math.max(...samples.map((sample) => sample.residentKb))
  const tenthsKb = Array.from({ length: 10 }, (_, at) => medianKb(between(at / 10, (at + 1) / 10)))
  return {
    what: `daemon over ${total.toLocaleString('en')} check cycles of 16: growth of memory`,
    reference: NO_REFERENCE,
    goal: `flat: ≤ ${megabytes(FLAT_KB)}`,
    measured: `${megabytes(lateKb - earlyKb)} (${megabytes(earlyKb)} early, ${megabytes(lateKb)} late)`,
    met: lateKb - earlyKb <= FLAT_KB,
    note: `A check cycle every ${PERIOD}. At a hundred times the usual rate more garbage lies about, at most ${megabytes(mostKb)} in all; what is held to the goal is whether it grows.`,
    data: { earlyKb, lateKb, mostKb, tenthsKb, cycles: total },
  }
}
