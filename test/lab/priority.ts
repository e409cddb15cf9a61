// How the lab's programs get the processor: real servers do not share theirs with a compiler.

/**
 * A VRRP master that does not run for three adverts, 0.3 s, counts as dead, and a busy machine makes
 * any ordinary program wait for longer than that. So what runs on nodes runs in real time
 * (`man 7 sched`), which comes before all ordinary work. Niceness would not do: it counts only
 * within a session.
 *
 * - `program`: all that runs on a node;
 * - `election`: keepalived, which cannot wait until all programs have had their turn.
 */
const LEVELS = { program: '1', election: '2' } as const

/**
 * In some containers, and in cgroups without a share of real time, it is not allowed. A guest of
 * test/balancers is busy with one test alone, and starting a program there takes long.
 */
const isAllowed =
  process.env.HOLDFAST_GUEST !== 'yes' &&
  Bun.spawnSync(['chrt', '--rr', LEVELS.program, 'true']).exitCode === 0

/** What a command is run by; nothing where real time is not allowed. */
export function atLevel(level: keyof typeof LEVELS): readonly string[] {
  return isAllowed ? ['chrt', '--rr', LEVELS[level]] : []
}

/** For a test that times what it does itself: this process, too, goes before ordinary work from now on. */
export function goBeforeOthers(): void {
  if (!isAllowed) return
  Bun.spawnSync(['chrt', '--all-tasks', '--rr', '--pid', LEVELS.program, String(process.pid)])
}
