// What systemd says of a unit, where systemd runs at all.
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'

/** As `systemctl show` names and writes them: LoadState, ActiveState, UnitFileState, MainPID … */
export type UnitProperties = ReadonlyMap<string, string>

/** Whether systemd runs this host, by the test of sd_booted(3). */
export function hasSystemd(host: Host): boolean {
  const folder = host.inspect.stat('/run/systemd/system')
  return folder.ok && folder.value.kind === 'folder'
}

const known = fact(async () => new Map<string, Promise<UnitProperties | Skip>>())

/** @param name with its suffix, as in "holdfast.service"; LoadState is "not-found" for one that is not there */
export async function unitFact(host: Host, name: string): Promise<UnitProperties | Skip> {
  const units = await known(host)
  const before = units.get(name)
  if (before !== undefined) return before
  const asked = show(host, name)
  units.set(name, asked)
  return asked
}

async function show(host: Host, name: string): Promise<UnitProperties | Skip> {
  // It is run by something else: a container, or another init.
  if (!hasSystemd(host)) return skip('systemd is not running')
  const run = await host.inspect.run('systemctl', ['show', '--no-pager', '--', name])
  if (!run.ok) return skip(`systemd does not respond: ${run.error}`)
  const { code, stdout, stderr } = run.value
  if (code === 0) return parseProperties(stdout)
  return skip(`systemd does not respond: ${stderr.trim() || `systemctl ended with ${code}`}`)
}

/** One property of a unit, where systemd tells; empty for one that is not set. */
export async function unitProperty(host: Host, name: string, key: string): Promise<string> {
  const unit = await unitFact(host, name)
  return isSkip(unit) ? '' : (unit.get(key) ?? '')
}

/** Lines of NAME=VALUE; a name that is told several times, such as Environment, keeps all, a line each. */
export function parseProperties(text: string): UnitProperties {
  const properties = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at <= 0) continue
    const [name, value] = [line.slice(0, at), line.slice(at + 1)]
    const before = properties.get(name)
    properties.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  return properties
}
