// The keepalived that runs on this host: its processes, or why there is none.
import { findKeepalived } from '../../keepalived/process.ts'
import { fact } from '../host.ts'
import { allProcessesFact } from './processes.ts'

/** One in a container that has this host's network holds this host's addresses. */
export const keepalivedFact = fact(async (host) =>
  findKeepalived(host.inspect, await allProcessesFact(host)),
)
