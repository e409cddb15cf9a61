// Start-up and memory of `holdfast check`, beside a trivial program that is built the same way.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../daemon-process.ts'
import { type BenchContext, type Figure, megabytes, ms } from '../figure.ts'
import { raiseLoopback, startNamed } from '../host.ts'
import { insist, launch, type Run } from '../launch.ts'
import { buildTrivial, copyFresh, forgetPages } from '../programs.ts'
import { EIGHT_ADDRESSES } from '../question.ts'
import { median, percentile } from '../statistics.ts'

const GOAL_FACTOR = 2
const GOAL_KB = 30 * 1024
const FRESH_FOR_MS = 3_600_000

interface Pair {
  readonly trivial: readonly Run[]
  readonly check: readonly Run[]
}

export async function measureCheck(context: BenchContext): Promise<readonly Figure[]> {
  const rounds = context.quick ? 30 : 300
  const trivial = await buildTrivial(context)
  const runDir = await writeStatus(context)
  const measure = async (folder: string, count: number, forget: boolean): Promise<Pair> => {
    mkdirSync(join(context.workDir, folder))
    const copies = [trivial, context.executable].map((file) =>
      copyFresh(file, join(context.workDir, folder)),
    )
    if (forget) for (const copy of copies) await forgetPages(copy)
    const [program = '', holdfast = ''] = copies
    const commands = [[program], [holdfast, 'check', '--run-dir', runDir]]
    await launch(2, commands)
    const [first = [], second = []] = await launch(count, commands)
    return { trivial: insist(first, 0, 'the program'), check: insist(second, 0, 'check') }
  }
  context.say(`check: ${rounds} runs of each, in turn`)
  const asRead = await measure('read', rounds, true)
  const asWritten = await measure('written', Math.ceil(rounds / 5), false)
  return [
    wallFigure(asRead),
    memoryFigure(asRead, '`check`, peak memory, executable read from disk (as after a boot)'),
    memoryFigure(asWritten, '`check`, peak memory, executable just written (as after an install)'),
  ]
}

/** The status of a daemon with 16 endpoints, made to be valid for an hour. Returns its folder. */
async function writeStatus(context: BenchContext): Promise<string> {
  await raiseLoopback(EIGHT_ADDRESSES)
  const named = await startNamed(context)
  const daemon = await startDaemon(context, '100ms')
  const status = daemon.status()
  await daemon.stop()
  await named.stop()
  const valid = { ...status, valid_until_boot_ms: status.valid_until_boot_ms + FRESH_FOR_MS }
  const folder = join(context.workDir, 'fresh')
  mkdirSync(folder)
  writeFileSync(join(folder, 'status.json'), `${JSON.stringify(valid)}\n`)
  return folder
}

function wallFigure({ trivial, check }: Pair): Figure {
  const of = (runs: readonly Run[]) => runs.map((run) => run.wallMs)
  const [referenceMs, measuredMs] = [median(of(trivial)), median(of(check))]
  const [referenceP95Ms, measuredP95Ms] = [
    percentile(of(trivial), 0.95),
    percentile(of(check), 0.95),
  ]
  const factor = measuredMs / referenceMs
  return {
    what: '`check`, wall time, median (95th percentile)',
    reference: `trivial Bun program: ${ms(referenceMs)} (${ms(referenceP95Ms)})`,
    goal: `≤ ${GOAL_FACTOR} × that program`,
    measured: `${ms(measuredMs)} (${ms(measuredP95Ms)}): ${factor.toFixed(2)} ×`,
    met: factor <= GOAL_FACTOR,
    data: { referenceMs, referenceP95Ms, measuredMs, measuredP95Ms, factor, runs: check.length },
  }
}

function memoryFigure({ trivial, check }: Pair, what: string): Figure {
  const referenceKb = median(trivial.map((run) => run.peakKb))
  const measuredKb = median(check.map((run) => run.peakKb))
  return {
    what,
    reference: `trivial Bun program: ${megabytes(referenceKb)}`,
    goal: `≤ ${megabytes(GOAL_KB)}`,
    measured: megabytes(measuredKb),
    met: measuredKb <= GOAL_KB,
    data: { referenceKb, measuredKb, runs: check.length },
  }
}
