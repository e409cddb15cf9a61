// The command line of build/test.
import { STEPS, type Step } from './job.ts'

export interface Arguments {
  readonly steps: readonly Step[]
  /** Words that files must have in their paths; none means all files of the steps. */
  readonly words: readonly string[]
  /** More of what is random. */
  readonly long: boolean
  /** Types, lint, and the unit tests that a change can reach. */
  readonly quick: boolean
  /** How often each file is run, to find out what fails now and then; 1 for an ordinary run. */
  readonly repeat: number
  /** A pattern that the names of tests must match, or null for all. */
  readonly pattern: string | null
  /** Again whenever a file is saved. */
  readonly watch: boolean
  /** Note how long each file took, and a lab's processors, for the plan of later runs. */
  readonly timings: boolean
}

const isStep = (word: string): word is Step => (STEPS as readonly string[]).includes(word)

/** Reads the words of the command line. A sentence says what is wrong with them. */
export function parseArguments(argv: readonly string[]): Arguments | string {
  const only: Step[] = []
  const skip: Step[] = []
  const words: string[] = []
  const flags = { long: false, quick: false, timings: false, watch: false }
  let pattern: string | null = null
  let repeat = 1
  let list = only
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const value = argv[index + 1]
    if (word === '--only') list = only
    else if (word === '--skip') list = skip
    else if (/^--(long|quick|timings|watch)$/.test(word))
      flags[word.slice(2) as keyof typeof flags] = true
    else if (word === '-t' || word === '--repeat') {
      if (value === undefined) return `${word} needs a value`
      if (word === '-t') pattern = value
      else if (/^[1-9]\d{0,3}$/.test(value)) repeat = Number(value)
      else return `--repeat takes a number from 1 to 9999, not ${value}`
      index++
    } else if (isStep(word)) list.push(word)
    else if (word.startsWith('-')) return `unknown argument ${word}`
    else words.push(word)
  }
  if (words.length > 0 && only.length === 0 && repeat === 1)
    return `${words[0]} is no step; name the step whose files you mean before it`
  if ((flags.watch || pattern !== null) && only.length === 0 && !flags.quick)
    return '--watch and -t need a step'
  if (repeat > 1 && words.length === 0) return '--repeat needs the files to repeat'
  const steps = (only.length > 0 ? ['setup' as const, ...only] : STEPS).filter(
    (step) => !skip.includes(step),
  )
  return { steps, words, repeat, pattern, ...flags }
}
