// The host that a part measures on: addresses on the loopback interface, and a real named.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalAddress } from '../../src/core/check.ts'
import type { BenchContext } from './figure.ts'

/** As the core knows them. */
export function asLocal(addresses: readonly string[]): LocalAddress[] {
  return addresses.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
    interface: 'lo',
    loopback: true,
    state: 'ready',
    sinceMs: null,
  }))
}

/** Addresses of 127.0.0.0/8, as many as are asked for. */
export function loopbackAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `127.0.${1 + (at >> 8)}.${at & 255}`)
}

/** Brings up the loopback interface of this network namespace with these addresses on it. */
export async function raiseLoopback(addresses: readonly string[]): Promise<void> {
  const lines = ['link set lo up']
  for (const address of addresses) {
    if (address === '127.0.0.1' || address === '::1') continue
    lines.push(`address add ${address}${address.includes(':') ? '/128 nodad' : '/32'} dev lo`)
  }
  const child = Bun.spawn(['ip', '-batch', '-'], {
    stdin: new TextEncoder().encode(`${lines.join('\n')}\n`),
    stderr: 'inherit',
  })
  if ((await child.exited) !== 0) throw new Error('the loopback interface could not be configured')
}

/** How long named may take to open its sockets; a thousand addresses take seconds. */
const NAMED_CEILING_MS = 60_000

export interface Named {
  stop(): Promise<void>
}

/** Starts named on all addresses of this network namespace, and waits until it runs. */
export async function startNamed(context: BenchContext): Promise<Named> {
  const folder = join(context.workDir, `named-${process.pid}-${Date.now()}`)
  mkdirSync(folder, { recursive: true })
  const configFile = join(folder, 'named.conf')
  writeFileSync(configFile, namedConf(folder))
  const child = Bun.spawn(['named', '-g', '-n', '1', '-c', configFile], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), NAMED_CEILING_MS)
  await untilRunning(child.stderr)
  clearTimeout(timer)
  return {
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

/** Debian's zones are those that a server has: 127.in-addr.arpa is among them. */
function namedConf(folder: string): string {
  return `options {
  directory "${folder}";
  pid-file none;
  session-keyfile none;
  recursion yes;
  listen-on { any; };
  listen-on-v6 { any; };
  dnssec-validation no;
  tcp-clients 4096;
};
controls { };
include "/etc/bind/named.conf.default-zones";
`
}

/** Reads the log until it says so, and then on for good: a full pipe would stop named. */
async function untilRunning(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`named did not start:\n${text.slice(-2000)}`)
    text += decoder.decode(value, { stream: true })
    if (/ running$/m.test(text)) break
  }
  void (async () => {
    while (!(await reader.read()).done);
  })()
}
