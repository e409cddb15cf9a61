// Whether the balancers tell each other of their connections.
import { balancerCheck } from '../categories.ts'
import { notRead, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { installedReadingFact } from '../facts/keepalived-conf.ts'
import { dumpFact } from '../facts/keepalived-program.ts'
import { type Host, persistsFor } from '../host.ts'
import { OTHER_CONFIGURATION } from '../keepalived/config-validity.ts'
import { restart } from '../keepalived/service.ts'
import { ipvsFact, SETTLED_MS } from './ground.ts'

const UDP_TABLE = '/proc/net/udp'
const UDP_LIMIT_BYTES = 16 * 1024 * 1024

export const TELLS = balancerCheck({
  code: 'H613',
  title: 'IPVS connection sync is running',
  severity: 'warn',
  takesSeconds: true,
  explainedBy: OTHER_CONFIGURATION,
  needs: { table: ipvsFact, wanted: syncLineFact },
  async judge({ wanted }, host) {
    const role = await roleIn(host, wanted.instance)
    if (role === null) return skip(`${wanted.instance} is neither MASTER nor BACKUP`)
    const lines = await persistsFor(host, SETTLED_MS, async () => {
      const read = host.inspect.text(UDP_TABLE, UDP_LIMIT_BYTES)
      // The roles may have changed since the dump.
      const seen = read.ok ? syncSockets(read.value) : null
      if (seen === null || seen[role]) return []
      const does = role === 'master' ? 'sends to' : 'listens at'
      return [
        `${wanted.at}: ${wanted.text}`,
        `${wanted.instance} is ${role} here, and no socket in ${UDP_TABLE} ${does} 224.0.0.81 port 8848`,
      ]
    })
    if (lines.length === 0) return ok(role === 'master' ? 'sending' : 'receiving')
    const what =
      role === 'master'
        ? 'IPVS connection sync does not send (MASTER)'
        : 'IPVS connection sync does not receive (BACKUP)'
    return trouble(what, lines, ['ipvsadm --list --daemon', ...(await restart(host))])
  },
})

interface SyncLine {
  readonly instance: string
  readonly text: string
  readonly at: string
}

/** The line of keepalived.conf, or why there is nothing to look for. */
async function syncLineFact(host: Host): Promise<SyncLine | Skip> {
  const installed = await installedReadingFact(host)
  if (!installed.ok) return notRead(installed)
  const globals = installed.value.conf.statements.filter(({ words }) => words[0] === 'global_defs')
  const line = globals
    .flatMap(({ body }) => body ?? [])
    .find(({ words }) => words[0] === 'lvs_sync_daemon')
  if (line === undefined) return skip('keepalived.conf has no lvs_sync_daemon')
  const { words, file, line: number } = line
  if (words.includes('group') || words.includes('port'))
    return skip('lvs_sync_daemon has its own group or port')
  const [, , kind] = words
  const instance = kind === 'inst' ? words[3] : kind
  if (instance === undefined) return skip('lvs_sync_daemon names no instance')
  return { instance, text: words.join(' '), at: `${file}:${number}` }
}

async function roleIn(host: Host, instance: string): Promise<'master' | 'backup' | null> {
  const dump = await dumpFact(host)
  if (dump.kind === 'none') return null
  const state = dump.instances.find(({ name }) => name === instance)?.state
  return state === 'master' || state === 'backup' ? state : null
}

/** 224.0.0.81 port 8848 as the kernel prints it: the address is a number of the host's own byte order. */
const GROUP = ['510000E0:2290', 'E0000051:2290']

/** The sockets of IPVS's own: a master sends to the group, and a backup is bound to it. */
export function syncSockets(text: string): Readonly<Record<'master' | 'backup', boolean>> {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/))
  const has = (column: number) => rows.some((row) => GROUP.includes(row[column] ?? ''))
  return { master: has(2), backup: has(1) }
}
