// Runs the real `holdfast doctor` on a server of the lab.

import type { CheckResult } from '../../../src/doctor/results.ts'
import { CONFIG_PATH, HOLDFAST } from '../holdfast.ts'
import type { Node } from '../namespace.ts'

export interface Diagnosis {
  /** The codes of what is not sound (warn, fail and crash), in the order in which they are told. */
  readonly codes: readonly string[]
  readonly results: readonly CheckResult[]
  readonly exit: number
}

type PrintedResult = Omit<CheckResult, 'tookMs'> & { readonly took_ms: number }

/** @param flags such as `--only`, `H204` */
export async function diagnose(
  server: { readonly node: Pick<Node, 'exec'> },
  ...flags: readonly string[]
): Promise<Diagnosis> {
  const command = [HOLDFAST, 'doctor', '--json', '--config', CONFIG_PATH, ...flags]
  const { code, stdout, stderr } = await server.node.exec(command)
  if (stdout === '') throw new Error(`${command.join(' ')}: exit ${code}\n${stderr}`)
  const document = JSON.parse(stdout) as { readonly results: readonly PrintedResult[] }
  const results = document.results.map(({ code, category, title, outcome, took_ms: tookMs }) => ({
    ...{ code, category, title, outcome, tookMs },
  }))
  return { codes: codesIn(results), results, exit: code }
}

/** What a check came to, with all its words: for a test that fails, and for a look at the words. */
export function resultOf(diagnosis: Diagnosis, code: string): CheckResult {
  const found = diagnosis.results.find((result) => result.code === code)
  if (found === undefined) throw new Error(`there is no result of ${code}`)
  return found
}

function codesIn(results: readonly CheckResult[]): string[] {
  const isUnsound = ({ outcome }: CheckResult) => outcome.kind !== 'ok' && outcome.kind !== 'skip'
  return results.filter(isUnsound).map(({ code }) => code)
}
