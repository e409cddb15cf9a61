// A keepalived.conf changed by hand on a server of the lab, and put back.
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { LabServer } from '../server.ts'

export interface Edit {
  readonly break: (server: LabServer) => Promise<void>
  readonly mend: (server: LabServer) => Promise<void>
}

/** @param change of the installed text; a test whose change changes nothing fails */
export function edited(change: (text: string) => string): Edit {
  let before = ''
  return {
    async break(server) {
      before = server.node.read(KEEPALIVED_CONF)
      const after = change(before)
      if (after === before) throw new Error('this edit changes nothing')
      server.node.write(KEEPALIVED_CONF, after)
      await reload(server)
    },
    async mend(server) {
      server.node.write(KEEPALIVED_CONF, before)
      await reload(server)
    },
  }
}

export async function reload({ keepalived }: LabServer): Promise<void> {
  const from = keepalived.log.lines.length
  keepalived.signal('SIGHUP')
  await keepalived.log.waitFor(/Reload complete/, { from })
}

/** Puts lines where a vrrp_instance begins. */
export function inInstance(...lines: readonly string[]): (text: string) => string {
  return (text) => text.replace('state BACKUP', ['state BACKUP', ...lines].join('\n  '))
}
