// Plays a history on the VRRP model, with each deed at the time at which it was really done.
import { downMs, type VrrpOptions } from '../../src/simulate/vrrp.ts'
import { createRouters, type Routers } from '../simulate/routers.ts'
import { type Deed, SERVERS, type Turn, type Worth } from './history.ts'

/** After the last deed, the model runs on for so long. */
const REST_MS = 60_000

export interface DoneDeed {
  readonly deed: Deed
  /** When it was begun and when it was done, on any one clock. */
  readonly begunMs: number
  readonly atMs: number
}

/**
 * What the model says, one list of turns for each deed.
 *
 * @param start the priorities at the start, the first server's the highest
 * @param heldSinceMs when the first server became master, which is when its adverts began
 */
export function playOnModel(
  options: VrrpOptions,
  start: Readonly<Record<string, number>>,
  heldSinceMs: number,
  deeds: readonly DoneDeed[],
): Turn[][] {
  const routers = createRouters(SERVERS.length, options)
  const files = new Map<string, Worth>(Object.entries(start))
  for (const server of SERVERS) routers.set(indexOf(server), files.get(server) ?? 1)
  const originMs = heldSinceMs - downMs(options, start[SERVERS[0]] ?? 1)
  return deeds.map(({ deed, atMs }, index) => {
    const fromMs = atMs - originMs
    routers.runTo(fromMs)
    const before = routers.moves.length
    carryOut(routers, files, deed)
    routers.runTo((deeds[index + 1]?.atMs ?? atMs + REST_MS) - originMs)
    return routers.moves.slice(before).map((move) => ({
      server: SERVERS[move.server] ?? '',
      holds: move.holds,
      afterMs: move.atMs - fromMs,
    }))
  })
}

function carryOut(routers: Routers, files: Map<string, Worth>, deed: Deed): void {
  switch (deed.kind) {
    case 'publish':
      for (const [server, worth] of Object.entries(deed.worth)) {
        files.set(server, worth)
        routers.set(indexOf(server), worth)
      }
      return
    case 'stop':
      routers.set(indexOf(deed.server), 'off')
      return
    case 'start':
      routers.set(indexOf(deed.server), files.get(deed.server) ?? 1)
      return
    case 'cable':
      routers.setLink(indexOf(deed.server), deed.up)
      return
    case 'cut': {
      const rest = SERVERS.filter((server) => server !== deed.server)
      routers.partition([[indexOf(deed.server)], rest.map(indexOf)])
      return
    }
    case 'heal':
      routers.partition([])
      return
    default:
      deed satisfies never
  }
}

function indexOf(server: string): number {
  return (SERVERS as readonly string[]).indexOf(server)
}
