// Debian's promtool: what Prometheus itself thinks of metrics, rules and tests of rules.
import { spawnSync } from 'node:child_process'

/** Null where promtool is, else the reason in a sentence. */
export const whyNoPromtool: string | null =
  Bun.which('promtool') === null ? 'there is no promtool here (Debian package prometheus)' : null

/** Runs it to its end. */
export function promtool(
  args: readonly string[],
  input = '',
  folder = '.',
): { code: number; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    cwd: folder,
    encoding: 'utf8',
  })
  return { code: status ?? -1, out: stdout, err: stderr }
}
