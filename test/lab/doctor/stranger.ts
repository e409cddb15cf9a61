// Somebody else on the wire: a keepalived that is none of the lab's servers, or a server that says another thing.
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { Lab } from '../lab.ts'
import type { Node } from '../namespace.ts'
import { type Break, until } from './broken.ts'

export interface Stranger {
  /** With prefix lengths. */
  readonly addresses: readonly string[]
}

const CONF = '/etc/keepalived/stranger.conf'

/** Returns once it is the master of its instance, with the number 53; the result ends it. */
export async function spawnStranger(
  node: Node,
  { addresses }: Stranger,
): Promise<() => Promise<void>> {
  node.write(
    CONF,
    `global_defs {
  vrrp_version 3
}
vrrp_instance stranger {
  state BACKUP
  interface eth0
  virtual_router_id 53
  priority 100
  advert_int 0.05
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`,
  )
  const command = ['keepalived', '--dont-fork', '--log-console', '--use-file', CONF]
  const stranger = await node.spawn('stranger', command)
  await stranger.log.waitFor(/Entering MASTER STATE/)
  return async () => {
    stranger.signal('SIGTERM')
    await stranger.exited
  }
}

/** Another keepalived.conf on s1, while s2 is asked what is wrong. */
export function otherwise(change: (text: string) => string): Pick<Break, 'at' | 'break' | 'mend'> {
  let before = ''
  return {
    at: 's2',
    async break(_, lab) {
      before = lab.server('s1').node.read(KEEPALIVED_CONF)
      const after = change(before)
      if (after === before) throw new Error('this edit changes nothing')
      await restartedWith(lab, after)
    },
    mend: (_, lab) => restartedWith(lab, before),
  }
}

/** A restart, for a reload does not change everything. */
async function restartedWith(lab: Lab, text: string): Promise<void> {
  const s1 = lab.server('s1')
  s1.node.write(KEEPALIVED_CONF, text)
  await s1.keepalived.stop()
  await s1.keepalived.start()
  await until(() => lab.observer.holders('192.0.2.53').includes('s1'))
}
