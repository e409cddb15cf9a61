// What to type so that the keepalived of this host reads its configuration again, or starts anew.
import { keepalivedFact } from '../facts/keepalived-program.ts'
import { hasSystemd, unitProperty } from '../facts/systemd-unit.ts'
import { fact, type Host } from '../host.ts'
import { shell } from '../shell.ts'

const USUAL_UNIT = 'keepalived.service'

/**
 * The unit that keepalived runs in, whatever it is called, as `systemctl` is told it. The usual one where
 * keepalived does not run; null without systemd, and for one that somebody has started by hand.
 */
export const keepalivedUnitFact = fact(async (host): Promise<string | null> => {
  if (!hasSystemd(host)) return null
  const running = await keepalivedFact(host)
  if (running.kind === 'absent') return commandName(USUAL_UNIT)
  const { pid } = running.parent
  const cgroups = host.inspect.text(`/proc/${pid}/cgroup`)
  const name = cgroups.ok ? unitIn(cgroups.value) : USUAL_UNIT
  if (name === null) return null
  if (name === USUAL_UNIT) return commandName(name)
  // A program that a service has started in passing lives in the service's cgroup, too.
  const isMain = (await unitProperty(host, name, 'MainPID')) === String(pid)
  return isMain ? commandName(name) : null
})

function commandName(unit: string): string {
  return unit.replace(/\.service$/, '')
}

/** The service in /proc/PID/cgroup, "0::/system.slice/keepalived.service"; null in no service of the system's. */
function unitIn(text: string): string | null {
  for (const line of text.split('\n')) {
    const [, name = ''] =
      /^\d+:(?:name=systemd)?:(?:\/[^/]+\.slice)*\/([^/]+\.service)/.exec(line) ?? []
    if (name !== '' && !name.startsWith('user@')) return name
  }
  return null
}

/** Has keepalived read its configuration again. */
export async function reload(host: Host): Promise<string> {
  const [unit, running] = await Promise.all([keepalivedUnitFact(host), keepalivedFact(host)])
  if (unit !== null) return shell`systemctl reload ${unit}`
  return running.kind === 'running' ? shell`kill -HUP ${running.parent.pid}` : START
}

const START = 'keepalived --dont-fork --log-console --log-detail'

/** Where keepalived says what it does. */
export async function log(host: Host): Promise<string> {
  const unit = await keepalivedUnitFact(host)
  if (unit !== null) return shell`journalctl -u ${unit} -n 50`
  return hasSystemd(host)
    ? 'journalctl -t Keepalived -t Keepalived_vrrp -n 50'
    : '# Read the log that keepalived writes.'
}

/** What to type for a keepalived that does not do its work. */
export async function restart(host: Host): Promise<readonly [string, ...string[]]> {
  const unit = await keepalivedUnitFact(host)
  if (unit !== null) return [await log(host), shell`systemctl restart ${unit}`]
  const [stop, start] = await stopAndStart(host)
  return stop === null ? [start] : [stop, start]
}

/** Where something is to be done while it does not run; null where it does not. */
export async function stopAndStart(host: Host): Promise<readonly [string | null, string]> {
  const [unit, running] = await Promise.all([keepalivedUnitFact(host), keepalivedFact(host)])
  if (unit !== null) return [shell`systemctl stop ${unit}`, shell`systemctl start ${unit}`]
  if (running.kind === 'absent') return [null, START]
  const { pid, args } = running.parent
  const start = args.length === 0 ? START : shell`${args}`
  return [shell`kill ${pid} && tail --pid=${pid} -f /dev/null`, start]
}

/** What an operator types when the configuration was changed. */
export async function renderAgain(host: Host): Promise<string[]> {
  return ['holdfast render-config --diff', await installRendered(host)]
}

export async function installRendered(host: Host): Promise<string> {
  return `${shell`holdfast render-config --output ${host.paths.keepalivedConf}`} && ${await reload(host)}`
}
