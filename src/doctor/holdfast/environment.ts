// Variables that steer the runtime inside of the executable.
import { holdfastCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { daemonFact } from '../facts/daemon-process.ts'
import { keepalivedFact } from '../facts/keepalived-program.ts'
import { unitFact } from '../facts/systemd-unit.ts'
import type { Host } from '../host.ts'
import { restart } from '../keepalived/service.ts'
import { UNIT } from './service-unit.ts'
import { STEERING, steeringIn } from './steering.ts'

/** Names in /proc/PID/environ, whose entries end in NUL. */
export function environNames(text: string): readonly string[] {
  return text.split('\0').map((entry) => entry.split('=', 1)[0] ?? '')
}

/** Names in a file such as /etc/environment, with or without "export". */
export function fileNames(text: string): readonly string[] {
  return [...text.matchAll(/^[^\S\n]*(?:export\s+)?([A-Za-z_]\w*)=/gm)].map(
    (match) => match[1] ?? '',
  )
}

/** Names in systemctl's Environment=, whose entries may be quoted. */
export function unitNames(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[\s"'])([A-Za-z_]\w*)=/g)].map((match) => match[1] ?? '')
}

const FILES = ['/etc/environment', '/etc/default/holdfast', '/etc/default/keepalived']

export const ENVIRONMENT = holdfastCheck({
  code: 'H139',
  title: 'No variable steers the runtime of the executable',
  severity: 'warn',
  async judge(_, host) {
    const [daemon, keepalived] = await Promise.all([daemonFact(host), keepalivedFact(host)])
    const seen: string[] = []
    let hidden = 0
    const tell = (where: string, names: readonly string[]) => {
      for (const name of steeringIn(names)) seen.push(`${name} is set in ${where}`)
    }
    const watched = [
      ...(daemon.kind === 'running' ? [daemon.process] : []),
      ...(keepalived.kind === 'running'
        ? [keepalived.parent, keepalived.vrrp, keepalived.checker].filter(
            (process) => process !== null,
          )
        : []),
    ]
    for (const { pid, comm } of watched) {
      const environ = host.inspect.text(`/proc/${pid}/environ`)
      if (environ.ok) tell(`process ${pid} (${comm})`, environNames(environ.value))
      else if (environ.why === 'denied') hidden++
    }
    for (const file of FILES) {
      const read = host.inspect.text(file)
      if (read.ok) tell(file, fileNames(read.value))
    }
    tell(UNIT, await unitVariables(host))
    const own = Object.entries(host.inspect.env).filter(([, value]) => value !== undefined)
    tell(
      'your own environment',
      own.map(([name]) => name),
    )
    if (seen.length > 0)
      return trouble('the environment steers the runtime of the executable', seen, [
        'take it out of where it is set',
        `in the unit: UnsetEnvironment=${STEERING.join(' ')}`,
        'systemctl restart holdfast',
        ...(await restart(host)),
      ])
    return hidden === 0 ? ok('none is set') : skip('needs root to see the environment of processes')
  },
})

/** What the unit sets and does not take away again. */
async function unitVariables(host: Host): Promise<readonly string[]> {
  const unit = await unitFact(host, UNIT)
  if (isSkip(unit)) return []
  const unset = new Set((unit.get('UnsetEnvironment') ?? '').split(/\s+/))
  return unitNames(unit.get('Environment') ?? '').filter((name) => !unset.has(name))
}
