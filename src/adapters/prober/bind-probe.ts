// Finds out whether an address is still on this host, by binding a socket to it.
import { createSocket } from 'node:dgram'
import type { Family } from '../../dns/probe.ts'
import { errorCode, literalLookup } from './exchange.ts'

/**
 * `exhausted`: this process can open no more sockets. `unknown`: the bind failed for some other
 * reason that says nothing about the address.
 */
export type Presence = 'here' | 'gone' | 'exhausted' | 'unknown'

/**
 * Binds a UDP socket to the address and closes it again: about 20 µs, and the kernel's own word.
 * The codes of failed queries mislead (a deleted IPv6 address is silent, runtimes rename errors),
 * so this alone decides. Where `net.ipv4.ip_nonlocal_bind` is set, every address seems to be here.
 * Never rejects.
 */
export function probeBind(address: string, family: Family): Promise<Presence> {
  return new Promise((resolve) => {
    try {
      const type = family === 6 ? 'udp6' : 'udp4'
      const socket = createSocket({ type, lookup: literalLookup as never })
      socket.on('error', (error) => {
        try {
          socket.close()
        } catch {
          // An error before it was open has closed it.
        }
        resolve(presenceFrom(error, address))
      })
      socket.bind({ address, port: 0 }, () => {
        socket.close()
        resolve('here')
      })
    } catch (error) {
      resolve(presenceFrom(error, address))
    }
  })
}

function presenceFrom(error: unknown, address: string): Presence {
  switch (errorCode(error)) {
    case 'EADDRNOTAVAIL':
      return 'gone'
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
      return 'exhausted'
    // An IPv6 zone whose interface has gone: Bun says ENOENT, Deno UNKNOWN, the kernel ENODEV.
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
    case 'EINVAL':
    case 'UNKNOWN':
      return address.includes('%') ? 'gone' : 'unknown'
    default:
      return 'unknown'
  }
}
