// How the lab's programs get the processor: a real server does not share its own with a compiler.

/**
 * A VRRP master that does not run for three adverts, 0.3 s, counts as dead, and a busy machine makes
 * any ordinary program wait for longer than that. So what runs on a node is scheduled in real time
 * (`man 7 sched`), which comes before all ordinary work. Niceness would count only within a session.
 */
function realTime(level: number): readonly string[] {
  const command = ['chrt', '--rr', String(level)]
  // In a cgroup without a share of real time, or in a container, it is not allowed.
  const isAllowed = Bun.spawnSync([...command, 'true']).exitCode === 0
  return isAllowed ? command : ['nice', '-n', '-10']
}

/** What each program of a node is run by. */
export const BEFORE_OTHERS = realTime(1)
/** For elections, which cannot wait until the other programs of all nodes have had their turn. */
export const FIRST_OF_ALL = realTime(2)
