// Four servers with four instances, forward and reverse, from rendered configuration alone.
import { expect } from 'bun:test'
import { CONFIG_PATH, HOLDFAST } from '../holdfast.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import { createLab, type Lab, type LabOptions } from '../lab.ts'
import { type ClusterSpec, instanceSpec } from '../layout.ts'
import type { LabServer } from '../server.ts'

export const SERVERS = ['cnh', 'rnb', 'sby', 'wcdc'] as const

/** As at Cambridge in 2015: in each cluster the second instance reads the order as it stands. */
export const CLUSTERS: readonly ClusterSpec[] = [
  {
    name: 'recdns',
    instances: [instanceSpec('recdns0', 53, 'reverse'), instanceSpec('recdns1', 54, 'forward')],
  },
  {
    name: 'testdns',
    instances: [instanceSpec('testdns0', 55, 'reverse'), instanceSpec('testdns1', 56, 'forward')],
  },
]

export const SERVERS_TOML = SERVERS.map((name) => `[servers.${name}]\n`).join('')

/** Raises the lab at rest, its keepalived.conf written by the command on each server. */
export async function raise(options: LabOptions = {}): Promise<Lab> {
  const lab = await createLab({
    servers: SERVERS,
    clusters: CLUSTERS,
    onLoopback: true,
    ...options,
  })
  try {
    await Promise.all(lab.servers.map(renderOn))
    await lab.start()
    return lab
  } catch (error) {
    console.error(lab.story())
    await lab.destroy()
    throw error
  }
}

/** What an operator types; the lab's own text goes first, so that none of it is left. */
async function renderOn({ node }: LabServer): Promise<void> {
  node.remove(KEEPALIVED_CONF)
  await node.run([HOLDFAST, 'render-config', '--config', CONFIG_PATH, '--output', KEEPALIVED_CONF])
  expect((await node.exec([HOLDFAST, 'render-config', '--check'])).code).toBe(0)
}

/** keepalived's own word for what an instance is worth here, or null before it has said any. */
export function effectivePriority(server: LabServer, instance: string): number | null {
  const said = server.keepalived.log.lines.flatMap(({ text }) => {
    const match = /\((\S+)\) Changing effective priority from \d+ to (\d+)/.exec(text)
    return match?.[1] === instance ? [Number(match[2])] : []
  })
  return said.at(-1) ?? null
}

const POLL_MS = 50
const CEILING_MS = 45_000

/** Waits until `condition` holds; nothing tells of what it looks at. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const deadlineMs = Date.now() + CEILING_MS; Date.now() < deadlineMs; ) {
    if (condition()) return
    await Bun.sleep(POLL_MS)
  }
  throw new Error(`waited in vain: ${what}`)
}

/** Waits until every server's keepalived has these effective priorities, in the lab's order. */
export function untilPriorities(
  lab: Lab,
  instance: string,
  priorities: readonly number[],
): Promise<void> {
  return until(`${instance} is ${priorities.join(', ')} on ${SERVERS.join(', ')}`, () =>
    lab.servers.every((server, index) => {
      return effectivePriority(server, instance) === priorities[index]
    }),
  )
}

export function addressesOf(instance: string): readonly string[] {
  const specs = CLUSTERS.flatMap((cluster) => cluster.instances)
  return specs.find((spec) => spec.name === instance)?.addresses ?? []
}

/** Edits the order on all servers, as a configuration management would: each file by itself. */
export function order(lab: Lab, cluster: string, text: string): void {
  for (const { node } of lab.servers) node.write(`/etc/holdfast/order/${cluster}`, text)
}
