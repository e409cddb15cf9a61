// Which holdfast the lab's servers run, and the files that configure it.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterSpec } from './layout.ts'
import { type LabRoot, REPOSITORY } from './namespace.ts'

/**
 * - `built`: the executable in dist/, as a real host has it;
 * - `source`: src/main.ts under Bun;
 * - `stand-in`: no daemon; a test writes the priorities itself, and `check` passes while
 *   /run/holdfast/alive exists.
 */
export type HoldfastKind = 'built' | 'source' | 'stand-in'

export const HOLDFAST = '/usr/local/bin/holdfast'
export const CONFIG_PATH = '/etc/holdfast/holdfast.toml'

const BUILT = join(REPOSITORY, 'dist/holdfast')
const MAIN = join(REPOSITORY, 'src/main.ts')

const STAND_IN = '#!/bin/sh\n[ "$1" = check ] && [ -e /run/holdfast/alive ] && echo alive\n'

/** The built executable unless a source file is newer than it. HOLDFAST_LAB_KIND overrides. */
export function chooseHoldfast(): HoldfastKind {
  const wanted = process.env.HOLDFAST_LAB_KIND
  if (wanted === 'built' || wanted === 'source' || wanted === 'stand-in') return wanted
  return existsSync(BUILT) && statSync(BUILT).mtimeMs >= newestSourceMs() ? 'built' : 'source'
}

function newestSourceMs(): number {
  const files = [...new Bun.Glob('**/*.ts').scanSync(join(REPOSITORY, 'src'))]
  return Math.max(...files.map((file) => statSync(join(REPOSITORY, 'src', file)).mtimeMs))
}

/** Puts the program where the nodes take it from. */
export function installHoldfast(root: LabRoot, kind: HoldfastKind): Promise<void> {
  switch (kind) {
    case 'built':
      return root.installHoldfast({ path: BUILT })
    case 'source':
      return root.installHoldfast({
        script: `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`,
      })
    case 'stand-in':
      return root.installHoldfast({ script: STAND_IN })
    default:
      return kind satisfies never
  }
}

/**
 * A short config: what is not here has the product's own default.
 *
 * @param extra TOML to append, such as other timings for a scenario
 */
export function holdfastToml(
  server: string,
  clusters: readonly ClusterSpec[],
  onLoopback: boolean,
  extra = '',
): string {
  const tables = clusters.flatMap((cluster) =>
    cluster.instances.map(
      (instance) => `[clusters.${cluster.name}.instances.${instance.name}]
addresses = ${JSON.stringify(instance.addresses.map(withPrefix))}
virtual_router_id = ${instance.routerId}
reverse_order = ${instance.direction === 'reverse'}
${instance.toml ?? ''}
`,
    ),
  )
  return `[server]
name = "${server}"

[addresses]
service_addresses_on_loopback = ${onLoopback}

${extra.includes('[keepalived]') ? '' : '[keepalived]\ninterface = "eth0"\n'}
${tables.join('\n')}
${extra}`
}

function withPrefix(address: string): string {
  return `${address}/${address.includes(':') ? 64 : 24}`
}
