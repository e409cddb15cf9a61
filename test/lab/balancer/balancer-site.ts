// A load balancer in the lab: the daemon with a [balancer] whose real servers are the lab's servers.
import { type BackendStatus, readStatus } from '../../../src/documents/status-document.ts'
import { createLab, type Lab } from '../lab.ts'
import { ownAddresses } from '../layout.ts'
import { until } from '../maintenance.ts'
import type { LabServer } from '../server.ts'

export const REAL_SERVERS = ['s1', 's2', 's3'] as const
export type RealServer = (typeof REAL_SERVERS)[number]

/** The kernel here has no IPVS, and keepalived is left out: this is about what the daemon decides. */
export interface BalancerLab {
  readonly lab: Lab
  readonly balancer: LabServer
  server(name: RealServer): LabServer
  /** What the file says, or null without one. */
  weight(name: RealServer): number | null
  /** Waits for it, and says how long that took. */
  untilWeight(name: RealServer, weight: number | null): Promise<number>
  backend(name: RealServer): BackendStatus
  health(): string
  holdfast(...argv: string[]): Promise<{ readonly code: number | null; readonly out: string }>
  writeConfig(toml: string): void
}

const SERVER = 'lb1'
const CONFIG = '/etc/holdfast/holdfast.toml'

/** @param extra TOML to append */
export function balancerToml(names: readonly RealServer[], extra = ''): string {
  const servers = names.map((name) => {
    const own = ownAddresses(REAL_SERVERS.indexOf(name))
    return `[balancer.services.recdns.servers.${name}]
addresses = ["${own.v4}", "${own.v6}"]
`
  })
  return `[server]
name = "${SERVER}"
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53/24", "2001:db8::53/64"]
[balancer]
slow_start = "3s"
drain_timeout = "3s"
[balancer.services.recdns]
addresses = ["192.0.2.53", "2001:db8::53"]
quorum = 2
${servers.join('')}${extra}`
}

/** Real servers with named, and the balancer's node with its files; the daemon is not started. */
export async function createBalancerLab(): Promise<BalancerLab> {
  const lab = await createLab({ servers: [...REAL_SERVERS, SERVER] })
  const balancer = lab.server(SERVER)
  balancer.node.write('/etc/holdfast/order/recdns', `${SERVER}\n`)
  balancer.node.write(CONFIG, balancerToml(REAL_SERVERS))
  await Promise.all(REAL_SERVERS.map((name) => lab.server(name).named.start()))
  const weight = (name: RealServer) => {
    const text = read(balancer, `/run/holdfast/weight/recdns.${name}`)
    return text === null ? null : Number(text)
  }
  const toldOf = (name: RealServer) =>
    statusOf(balancer).backends?.find(({ server }) => server === name)
  return {
    lab,
    balancer,
    server: (name) => lab.server(name),
    weight,
    async untilWeight(name, wanted) {
      const startMs = performance.now()
      try {
        await until('the file says so', () => weight(name) === wanted)
        const tookMs = performance.now() - startMs
        // The file comes first: what people read follows it.
        if (wanted !== null)
          await until('the status says so', () => toldOf(name)?.weight === wanted)
        return tookMs
      } catch (error) {
        const told = `${name} weighs ${weight(name)}, not ${wanted}`
        throw new Error(`${told}\n${lab.story()}`, { cause: error })
      }
    },
    backend(name) {
      const found = toldOf(name)
      if (found === undefined) throw new Error(`no backend ${name} in the status`)
      return found
    },
    health: () => statusOf(balancer).health,
    async holdfast(...argv) {
      const { code, stdout, stderr } = await balancer.node.exec(['holdfast', ...argv])
      return { code, out: `${stdout}${stderr}` }
    },
    writeConfig: (toml) => balancer.node.write(CONFIG, toml),
  }
}

function read(server: LabServer, path: string): string | null {
  try {
    return server.node.read(path)
  } catch {
    return null
  }
}

function statusOf(server: LabServer) {
  const text = read(server, '/run/holdfast/status.json') ?? ''
  const reading = readStatus(text, { bootMs: 0, bootId: '' })
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.document
}
