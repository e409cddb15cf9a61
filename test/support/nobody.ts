// Running this repository's source as a user who has no rights of root.

/**
 * The start of a command that runs as nobody. It reads everything, since a clone often lies in /root, where
 * only root may read. It writes only where nobody may.
 * @param gid the one group that it is in
 */
export function asNobody(gid = '65534'): string[] {
  const readsAll = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  return ['setpriv', '--reuid=65534', `--regid=${gid}`, '--clear-groups', ...readsAll, '--']
}
