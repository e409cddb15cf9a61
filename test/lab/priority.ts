// How keepalived gets the processor in the lab: it cannot wait until all programs have had their turn.

/**
 * A VRRP master that does not run for three adverts, 0.3 s, counts as dead. So keepalived runs in real
 * time (`man 7 sched`), before all ordinary work. What else runs on nodes does not: real time gives
 * a program 100 ms at a time, and named would wait for several that have each theirs. As ordinary
 * work it waits for a few milliseconds. Nor could the kernel's own threads run, some of which hold the
 * lock that all changes of networks wait for, keepalived's addresses among them.
 *
 * In some containers, and in cgroups without a share of real time, it is not allowed. A guest of
 * test/balancers is busy with one test alone, and starting a program there takes long.
 */
const isAllowed =
  process.env.HOLDFAST_GUEST !== 'yes' &&
  Bun.spawnSync(['chrt', '--rr', '1', 'true']).exitCode === 0

/** What keepalived is run by; nothing where real time is not allowed. */
export const IN_REAL_TIME: readonly string[] = isAllowed ? ['chrt', '--rr', '1'] : []
