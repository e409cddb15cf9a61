// What can be hunted in: worlds of servers, or worlds of balancers.

import { describeBalancers, explainBalancers } from './balancers/balancers-report.ts'
import { type BalancersCase, drawBalancersCase } from './balancers/draw-balancers.ts'
import { playBalancers } from './balancers/play-balancers.ts'
import { drawCase, type HuntCase } from './servers/draw.ts'
import { play } from './servers/play.ts'
import { describeCase, explainCase } from './servers/report.ts'
import { fewest, type Shrunk, shrink } from './shrink.ts'

/** What breaking a rule looks like in every world. */
interface Broken {
  readonly atMs: number
  readonly rule: string
  readonly sentence: string
}

export interface SeedReport {
  /** The rule that broke first; null when all held. */
  readonly rule: string | null
  readonly text: string
}

export interface FuzzSuite {
  /** Plays one seed; true when it broke a rule. */
  run(seed: string): Promise<{ readonly isBroken: boolean; readonly serverHours: number }>
  /** All about one seed; of one that breaks a rule only what is needed for that, where it is wanted. */
  examine(seed: string, shrinks: boolean): Promise<SeedReport>
}

export const SUITES = {
  servers: suiteOf<HuntCase, ReturnType<typeof play>['violations'][number]>({
    draw: drawCase,
    play: async (spec) => play(spec),
    shrink,
    describe: describeCase,
    explain: async (spec, violations) => explainCase(spec, violations),
  }),
  balancers: suiteOf<
    BalancersCase,
    Awaited<ReturnType<typeof playBalancers>>['violations'][number]
  >({
    draw: drawBalancersCase,
    play: playBalancers,
    async shrink(spec, breaks) {
      const shrunk = await fewest(spec.faults, (faults) => breaks({ ...spec, faults }))
      return { spec: { ...spec, faults: shrunk.left }, runs: shrunk.runs }
    },
    describe: describeBalancers,
    explain: explainBalancers,
  }),
} as const

export type SuiteName = keyof typeof SUITES

interface Parts<Spec, Violation extends Broken> {
  draw(seed: string): Spec
  play(
    spec: Spec,
  ): Promise<{ readonly violations: readonly Violation[]; readonly serverHours: number }>
  shrink(spec: Spec, breaks: (spec: Spec) => Promise<boolean>): Promise<Shrunk<Spec>>
  describe(spec: Spec): string
  explain(spec: Spec, violations: readonly Violation[]): Promise<string>
}

function suiteOf<Spec, Violation extends Broken>(parts: Parts<Spec, Violation>): FuzzSuite {
  return {
    async run(seed) {
      const { violations, serverHours } = await parts.play(parts.draw(seed))
      return { isBroken: violations.length > 0, serverHours }
    },
    async examine(seed, shrinks) {
      let spec = parts.draw(seed)
      let { violations } = await parts.play(spec)
      const rule = violations[0]?.rule
      if (rule === undefined) return { rule: null, text: parts.describe(spec) }
      const lines: string[] = []
      if (shrinks) {
        const shrunk = await parts.shrink(spec, async (part) =>
          (await parts.play(part)).violations.some((violation) => violation.rule === rule),
        )
        lines.push(`seed ${seed}, made smaller in ${shrunk.runs} runs`)
        spec = shrunk.spec
        violations = (await parts.play(spec)).violations
      }
      lines.push(parts.describe(spec), await parts.explain(spec, violations))
      return { rule, text: lines.join('\n') }
    },
  }
}
