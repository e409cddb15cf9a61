// What keepalived says of a configuration, on a host with the interfaces that it names.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Only root can give keepalived interfaces to look at. */
export function canTest(): boolean {
  const can = process.getuid?.() === 0 && Bun.which('keepalived') !== null
  if (!can) console.log('skipped: only root can give keepalived interfaces to look at')
  return can
}

/**
 * The code is null when it ended by SIGTERM: 2.2.7 sends itself one at the end of every test with a
 * script_user other than root.
 */
export function configTest(text: string): { readonly code: number | null; readonly said: string } {
  using folder = temporaryFolder()
  const file = join(folder.path, 'keepalived.conf')
  writeFileSync(file, text)
  const interfaces = 'ip link set lo up; ip link add eth0 type veth peer name em1'
  const script = `${interfaces}; exec keepalived --config-test --use-file="$1"`
  const done = spawnSync('unshare', ['--net', 'sh', '-c', script, 'sh', file], { encoding: 'utf8' })
  return { code: done.status, said: `${done.stdout}${done.stderr}` }
}
