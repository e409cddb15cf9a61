// `holdfast peers`: every server of the config as seen from here.

import { isatty } from 'node:tty'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import type { Config } from '../../config/config.ts'
import { peersDocument } from '../../documents/peers-document.ts'
import { peersFrom, questionsFor } from '../../drain/peers.ts'
import { pause } from '../../runtime/pause.ts'
import { queryPeers } from '../../runtime/query-peers.ts'
import { peersView } from '../../view/peers-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'
import type { PEERS } from '../operating-definitions.ts'
import { configFor } from './config-for.ts'
import { createEnvironment, type DrainEnvironment } from './drain-environment.ts'
import { onInterrupt } from './drainable.ts'

const STDOUT = 1
const WATCH_EVERY_MS = 2000
const LOOK_EVERY_MS = 100
const DEFAULT_WIDTH = 80
const CLEAR = '\u001b[H\u001b[2J'

export async function run({ flags }: Arguments<typeof PEERS>, io: Io): Promise<number> {
  const config = configFor('peers', flags.config, io)
  if (typeof config === 'number') return config
  if (config.servers.length === 0) {
    io.err(
      'holdfast peers: the config names no servers: write a table [servers.NAME] for each, with its addresses',
    )
    return EXIT.failed
  }
  if (config.balancer !== null) {
    io.err(
      'holdfast peers: a load balancer answers at no address of its own, so others cannot ask it: call "holdfast status" there',
    )
    return EXIT.failed
  }
  const world = createEnvironment(config)
  if (!flags.watch) return show(config, world, flags.json, io)
  const cancellation = onInterrupt()
  const isScreen = isatty(STDOUT) && !flags.json
  let code: number = EXIT.ok
  while (!cancellation.isCancelled() && io.isClosed?.() !== true) {
    code = await show(config, world, flags.json, io, isScreen ? CLEAR : '')
    const nextMs = world.clock.nowMs() + WATCH_EVERY_MS
    while (world.clock.nowMs() < nextMs && !cancellation.isCancelled())
      await pause(world.clock, LOOK_EVERY_MS)
  }
  return code
}

async function show(
  config: Config,
  world: DrainEnvironment,
  json: boolean,
  io: Io,
  prefix = '',
): Promise<number> {
  const answers = await queryPeers(questionsFor(config, config.servers), {
    clock: world.clock,
    prober: world.remote,
  })
  const peers = peersFrom(config, answers, world.orders())
  const style = wantsColour(isatty(STDOUT), process.env) ? COLOURED : PLAIN
  const width = process.stdout.columns ?? DEFAULT_WIDTH
  io.out(json ? JSON.stringify(peersDocument(peers)) : `${prefix}${peersView(peers, style, width)}`)
  return peers.every((peer) => peer.healthy) ? EXIT.ok : EXIT.failed
}
