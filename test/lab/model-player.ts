// Plays a history on the VRRP model, with each action at the time at which it was really done.
import { downMs, type VrrpOptions } from '../../src/simulate/vrrp.ts'
import { createRouters, type Routers } from '../simulate/routers.ts'
import { type Action, SERVERS, type Turn, type Worth } from './history.ts'

/** After the last action, the model runs on for so long. */
const REST_MS = 60_000

export interface DoneAction {
  readonly action: Action
  /** When it was begun and when it was done, on any one clock. */
  readonly begunMs: number
  readonly atMs: number
}

/**
 * What the model says, one list of turns for each action.
 *
 * @param start the priorities at the start, the first server's the highest
 * @param heldSinceMs when the first server became master, which is when its adverts began
 */
export function playOnModel(
  options: VrrpOptions,
  start: Readonly<Record<string, number>>,
  heldSinceMs: number,
  actions: readonly DoneAction[],
): Turn[][] {
  const routers = createRouters(SERVERS.length, options)
  const files = new Map<string, Worth>(Object.entries(start))
  for (const server of SERVERS) routers.set(indexOf(server), files.get(server) ?? 1)
  const originMs = heldSinceMs - downMs(options, start[SERVERS[0]] ?? 1)
  return actions.map(({ action, atMs }, index) => {
    const fromMs = atMs - originMs
    routers.runTo(fromMs)
    const before = routers.moves.length
    carryOut(routers, files, action)
    routers.runTo((actions[index + 1]?.atMs ?? atMs + REST_MS) - originMs)
    return routers.moves.slice(before).map((move) => ({
      server: SERVERS[move.server] ?? '',
      holds: move.holds,
      afterMs: move.atMs - fromMs,
    }))
  })
}

function carryOut(routers: Routers, files: Map<string, Worth>, action: Action): void {
  switch (action.kind) {
    case 'publish':
      for (const [server, worth] of Object.entries(action.worth)) {
        files.set(server, worth)
        routers.set(indexOf(server), worth)
      }
      return
    case 'stop':
      routers.set(indexOf(action.server), 'off')
      return
    case 'start':
      routers.set(indexOf(action.server), files.get(action.server) ?? 1)
      return
    case 'cable':
      routers.setLink(indexOf(action.server), action.up)
      return
    case 'cut': {
      const rest = SERVERS.filter((server) => server !== action.server)
      routers.partition([[indexOf(action.server)], rest.map(indexOf)])
      return
    }
    case 'heal':
      routers.partition([])
      return
    default:
      action satisfies never
  }
}

function indexOf(server: string): number {
  return (SERVERS as readonly string[]).indexOf(server)
}
