// A real named that asks another real named: what its cache does to what a prober sees.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Named, startNamed } from './free-named.ts'

export interface Resolving extends AsyncDisposable {
  /** Where the one listens that has a cache. */
  readonly port: number
  /** The one that knows the zones is there no more. */
  cut(): Promise<void>
}

/** Unsigned, as most zones are; its answers live as long as many do. */
export const PLAIN_ZONE = 'plain.test'
/** Signed with NSEC, so that one denial tells what else is not there. */
export const SIGNED_ZONE = 'signed.test'
export const TTL_S = 900

const ZONE = `$TTL ${TTL_S}
@ SOA ns hostmaster 7 3600 600 86400 ${TTL_S}
@ NS ns
ns A 192.0.2.53
zzz A 192.0.2.54
brief 1 A 192.0.2.55
`

const options = (directory: string, port: number, more: string) => `options {
  directory "${directory}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  managed-keys-directory "${directory}";
  ${more}
};
controls { };
`

/** Starts both. The one with the cache validates, and serves stale answers. */
export async function startResolving(): Promise<Resolving> {
  let key = ''
  const knows = await startNamed((directory, port) => {
    writeFileSync(join(directory, 'zone'), ZONE)
    key = signZone(directory)
    return `${options(directory, port, 'recursion no; dnssec-validation no;')}
zone "${PLAIN_ZONE}" { type primary; file "zone"; };
zone "${SIGNED_ZONE}" { type primary; file "zone.signed"; };
`
  })
  let asks: Named
  try {
    const more = `recursion yes; forward only; forwarders { 127.0.0.1 port ${knows.port}; };
  dnssec-validation yes; stale-cache-enable yes; stale-answer-enable yes;`
    asks = await startNamed(
      (directory, port) =>
        `${options(directory, port, more)}trust-anchors { ${SIGNED_ZONE} static-key ${key}; };\n`,
    )
  } catch (error) {
    await knows[Symbol.asyncDispose]()
    throw error
  }
  return {
    port: asks.port,
    cut: () => knows.kill(),
    async [Symbol.asyncDispose]() {
      await asks[Symbol.asyncDispose]()
      await knows[Symbol.asyncDispose]()
    },
  }
}

/** Signs the zone in the folder, and returns its key as a trust anchor has it. */
function signZone(directory: string): string {
  const tool = (program: string, args: readonly string[]) =>
    execFileSync(program, [...args], { cwd: directory, encoding: 'utf8', stdio: 'pipe' })
  const name = tool('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', SIGNED_ZONE])
  tool('dnssec-signzone', ['-z', '-S', '-o', SIGNED_ZONE, '-f', 'zone.signed', 'zone'])
  const text = readFileSync(join(directory, `${name.trim()}.key`), 'utf8')
  const [, numbers, key] = /DNSKEY (\d+ \d+ \d+) (.+)$/m.exec(text) ?? []
  return `${numbers} "${key?.replaceAll(' ', '')}"`
}
