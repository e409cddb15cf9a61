// Is the wall clock right?
import { holdfastCheck } from '../categories.ts'
import { type Finding, ok, skip, trouble } from '../doctor-check.ts'
import { processesFact } from '../facts/proc.ts'
import { hasSystemd } from '../facts/systemd-unit.ts'
import type { Host } from '../host.ts'

export const CLOCK = holdfastCheck({
  code: 'H161',
  title: 'Clock is synchronised',
  severity: 'warn',
  needs: { processes: processesFact },
  judge({ processes }, host) {
    if (processes.some(({ comm }) => comm === 'chronyd')) return askChrony(host)
    if (!hasSystemd(host)) return skip('neither chrony nor systemd is running')
    if (host.inspect.stat('/run/systemd/container').ok)
      return skip('this is a container, which has the clock of its host')
    return askTimedatectl(host)
  },
})

async function askChrony(host: Host): Promise<Finding> {
  const run = await host.inspect.run('chronyc', ['-n', 'tracking'])
  if (!run.ok) return skip(`chronyc does not respond: ${run.error}`)
  const leap = leapStatus(run.value.stdout)
  if (leap === null) return skip(`chronyc prints ${(run.value.stdout + run.value.stderr).trim()}`)
  if (leap !== 'Not synchronised') return ok(`chrony: ${leap}`)
  return trouble(
    'Clock is not synchronised, although chrony is running',
    [`chronyc tracking: Leap status: ${leap}`],
    ['chronyc sources', 'chronyc activity', 'systemctl restart chrony'],
  )
}

/** "Leap status     : Normal" in what `chronyc tracking` prints. */
export function leapStatus(text: string): string | null {
  return /^Leap status\s*: (.+)$/m.exec(text)?.[1]?.trim() ?? null
}

async function askTimedatectl(host: Host): Promise<Finding> {
  const run = await host.inspect.run('timedatectl', ['show'])
  if (!run.ok || run.value.code !== 0)
    return skip(`timedatectl does not respond: ${run.ok ? run.value.stderr.trim() : run.error}`)
  return judgeTimedatectl(run.value.stdout)
}

/** What `timedatectl show` says of the clock. */
export function judgeTimedatectl(text: string): Finding {
  const answer = /^NTPSynchronized=(.*)$/m.exec(text)?.[1]
  if (answer === 'yes') return ok('timedatectl: NTPSynchronized=yes')
  if (answer !== 'no') return skip('timedatectl prints no NTPSynchronized')
  const service = /^NTP=(.*)$/m.exec(text)?.[1] ?? 'unknown'
  // Another one takes the place of the one that is installed, such as chrony.
  const isInstalled = /^CanNTP=yes$/m.test(text)
  return trouble(
    'Clock is not synchronised',
    [`NTPSynchronized=no, NTP=${service}`],
    [
      'timedatectl',
      ...(service === 'yes'
        ? ['timedatectl timesync-status', 'systemctl restart systemd-timesyncd']
        : [
            ...(isInstalled ? [] : ['apt-get install systemd-timesyncd']),
            'timedatectl set-ntp true',
          ]),
    ],
  )
}
