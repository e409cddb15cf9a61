// What happens in the demo, in order.
import type { LabServer } from '../../test/lab/server.ts'
import type { Stage } from './stage.ts'

export interface Script {
  readonly actCount: number
  play(stage: Stage): Promise<void>
}

/** Long enough to read what has happened. */
const REST_MS = 5000

/**
 * The demo's only deviation from the defaults: the clean time that a server owes after its first
 * failure is a minute otherwise. After the second one it is ten times as long.
 */
export const DEMO_TOML = '[flap]\nfailback_delay = "10s"\n'

/** About a minute. */
export const FULL: Script = {
  actCount: 5,
  async play(stage) {
    const first = await allIsWell(stage, REST_MS)
    await kill(stage, first)
    await stage.rest(REST_MS)
    await startAgain(stage, first)
    await takesBack(stage, first)
    await stage.rest(REST_MS)
    await freeze(stage, first)
    await stage.rest(REST_MS)
    await thaw(stage, first)
    await stage.rest(REST_MS)
  },
}

/** The first fault and its end, for a test. */
export const QUICK: Script = {
  actCount: 3,
  async play(stage) {
    const first = await allIsWell(stage, 1000)
    await kill(stage, first)
    await startAgain(stage, first)
  },
}

async function allIsWell(stage: Stage, restMs: number): Promise<LabServer> {
  stage.act(
    'all is well',
    'a client sends 200 queries per second to the service address: UDP, TCP, IPv4, IPv6',
  )
  await stage.rest(restMs)
  const holder = stage.holder()
  if (holder === null) throw new Error('no server holds the service addresses')
  return holder
}

async function kill(stage: Stage, server: LabServer): Promise<void> {
  stage.act(
    `pkill named on ${server.name}`,
    `${server.name} holds the address and no longer answers`,
  )
  await server.node.run(['pkill', 'named'])
  await failover(stage, server)
}

async function freeze(stage: Stage, server: LabServer): Promise<void> {
  stage.act(`pkill -STOP named on ${server.name}`, 'its sockets are open, and it does not answer')
  stage.freeze(server)
  await failover(stage, server)
}

async function failover(stage: Stage, from: LabServer): Promise<void> {
  const movedOn = () => {
    const holder = stage.holder()
    return holder !== null && holder !== from
  }
  await stage.until(movedOn, `another server than ${from.name} holds the addresses`)
  const cost = await stage.cost()
  stage.explain(`${stage.holder()?.name} took over: ${cost}`)
}

async function startAgain(stage: Stage, server: LabServer): Promise<void> {
  stage.act(
    `named is started on ${server.name}`,
    'it gets its rank back after the failback delay: a minute by default, 10 s here',
  )
  await server.named.start()
  await wellAgain(stage, server)
}

async function thaw(stage: Stage, server: LabServer): Promise<void> {
  stage.act(
    `pkill -CONT named on ${server.name}`,
    'after a repeat failure the failback delay is ten times as long',
  )
  stage.thaw(server)
  await wellAgain(stage, server)
  stage.explain(`${stage.holder()?.name} keeps the address: ${await stage.cost()}`)
}

async function wellAgain(stage: Stage, server: LabServer): Promise<void> {
  const passes = () => stage.view(server).health === 'healthy'
  await stage.until(passes, `${server.name} passes its checks again`)
}

async function takesBack(stage: Stage, server: LabServer): Promise<void> {
  const isBack = () => stage.holder() === server
  await stage.until(isBack, `${server.name} holds the addresses again`)
  stage.explain(`${server.name} took the address back: ${await stage.cost()}`)
}
