// What can be hunted in: worlds of servers, or worlds of balancers.
import { type BalancersCase, drawBalancersCase } from './balancers/draw.ts'
import { playBalancers } from './balancers/play.ts'
import { describeBalancers, tellBalancers } from './balancers/report.ts'
import { drawCase, type HuntCase } from './servers/draw.ts'
import { play } from './servers/play.ts'
import { describeCase, tellStory } from './servers/report.ts'
import { fewest, type Shrunk, shrink } from './shrink.ts'

/** What breaking a rule looks like in every world. */
interface Broken {
  readonly atMs: number
  readonly rule: string
  readonly sentence: string
}

export interface Tale {
  /** The rule that broke first; null when all held. */
  readonly rule: string | null
  readonly text: string
}

export interface Game {
  /** Plays one seed; true when it broke a rule. */
  run(seed: string): Promise<{ readonly isBroken: boolean; readonly serverHours: number }>
  /** All about one seed; of one that breaks a rule only what is needed for that, where it is wanted. */
  examine(seed: string, shrinks: boolean): Promise<Tale>
}

export const GAMES = {
  servers: gameOf<HuntCase, ReturnType<typeof play>['violations'][number]>({
    draw: drawCase,
    play: async (spec) => play(spec),
    shrink,
    describe: describeCase,
    tell: async (spec, violations) => tellStory(spec, violations),
  }),
  balancers: gameOf<BalancersCase, Awaited<ReturnType<typeof playBalancers>>['violations'][number]>(
    {
      draw: drawBalancersCase,
      play: playBalancers,
      async shrink(spec, breaks) {
        const shrunk = await fewest(spec.faults, (faults) => breaks({ ...spec, faults }))
        return { spec: { ...spec, faults: shrunk.left }, runs: shrunk.runs }
      },
      describe: describeBalancers,
      tell: tellBalancers,
    },
  ),
} as const

export type GameName = keyof typeof GAMES

interface Rules<Spec, Violation extends Broken> {
  draw(seed: string): Spec
  play(
    spec: Spec,
  ): Promise<{ readonly violations: readonly Violation[]; readonly serverHours: number }>
  shrink(spec: Spec, breaks: (spec: Spec) => Promise<boolean>): Promise<Shrunk<Spec>>
  describe(spec: Spec): string
  tell(spec: Spec, violations: readonly Violation[]): Promise<string>
}

function gameOf<Spec, Violation extends Broken>(rules: Rules<Spec, Violation>): Game {
  return {
    async run(seed) {
      const { violations, serverHours } = await rules.play(rules.draw(seed))
      return { isBroken: violations.length > 0, serverHours }
    },
    async examine(seed, shrinks) {
      let spec = rules.draw(seed)
      let { violations } = await rules.play(spec)
      const rule = violations[0]?.rule
      if (rule === undefined) return { rule: null, text: rules.describe(spec) }
      const lines: string[] = []
      if (shrinks) {
        const shrunk = await rules.shrink(spec, async (it) =>
          (await rules.play(it)).violations.some((violation) => violation.rule === rule),
        )
        lines.push(`seed ${seed}, made smaller in ${shrunk.runs} runs`)
        spec = shrunk.spec
        violations = (await rules.play(spec)).violations
      }
      lines.push(rules.describe(spec), await rules.tell(spec, violations))
      return { rule, text: lines.join('\n') }
    },
  }
}
