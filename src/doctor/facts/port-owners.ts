// Which process has which of the sockets that take DNS queries.
import { factOf } from '../doctor-check.ts'
import type { Host } from '../host.ts'
import { type ListeningSocket, socketsFact } from './dns-sockets.ts'
import { allProcessesFact, type Process } from './processes.ts'

export const DNS_PORT = 53

/** By the socket's inode; `unseen` where only root could tell, or a socket's process was not found. */
export interface PortOwners {
  readonly sockets: readonly ListeningSocket[]
  readonly owners: ReadonlyMap<number, Process>
}

/** Sockets on port 53 and, as far as this user may look, whose they are. */
export const portOwnersFact = factOf({ all: socketsFact }, async ({ all }, host) => {
  const sockets = all.filter((listeningSocket) => listeningSocket.port === DNS_PORT)
  const wanted = new Set(sockets.map((socket) => socket.inode))
  const owners = new Map<number, Process>()
  // named has most of them, and then nobody else's files need be looked through.
  const processes = (await allProcessesFact(host)).toSorted((a, b) => rank(a) - rank(b))
  for (const process of processes) {
    if (wanted.size === owners.size) break
    for (const inode of socketsOf(host, process)) {
      if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, process)
    }
  }
  return { sockets, owners } satisfies PortOwners
})

function rank({ comm }: Process): number {
  return comm === 'named' ? 0 : 1
}

/** The inodes of a process's sockets; none where they cannot be seen. */
function* socketsOf({ inspect }: Host, { pid }: Process): Generator<number> {
  const files = inspect.list(`/proc/${pid}/fd`)
  if (!files.ok) return
  for (const file of files.value) {
    const link = inspect.link(`/proc/${pid}/fd/${file}`)
    const match = link.ok ? /^socket:\[(\d+)\]$/.exec(link.value) : null
    if (match !== null) yield Number(match[1])
  }
}
