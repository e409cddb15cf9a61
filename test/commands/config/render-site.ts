// A site to render: a configuration of two servers with its order file, in a folder of its own.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdfast } from '../../support/recorder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

export interface Site extends Disposable {
  readonly folder: string
  readonly config: string
  path(name: string): string
  write(name: string, text: string, mode?: number): string
  run(...words: string[]): ReturnType<typeof holdfast>
}

/** A configuration of two servers on the loopback's neighbour, with its order file. */
export function site(extra = '', servers = '[servers.ns1]\n[servers.ns2]\n'): Site {
  const folder = temporaryFolder()
  const path = (name: string) => join(folder.path, name)
  const write = (name: string, text: string, mode = 0o644) => {
    writeFileSync(path(name), text, { mode })
    chmodSync(path(name), mode)
    return path(name)
  }
  const config = write(
    'holdfast.toml',
    `${servers}
[keepalived]
interface = "${INTERFACE}"
${extra}

[clusters.recdns]
order_file = "${path('order')}"

[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53/24", "2001:db8::53/64"]
virtual_router_id = 53
`,
  )
  write('order', 'ns1\n#ns2\n')
  return {
    ...{ ...folder, folder: folder.path, config, path, write },
    run: (...words) => holdfast('render-config', '--config', config, ...words),
  }
}

/** One that multicast can be sent over, or keepalived will not have it: not all of these can. */
const IFF_MULTICAST = 0x1000
export const INTERFACE =
  readdirSync('/sys/class/net').find((name) => {
    const flags = Number(readFileSync(`/sys/class/net/${name}/flags`, 'utf8'))
    return name !== 'lo' && (flags & IFF_MULTICAST) !== 0
  }) ?? 'eth0'
