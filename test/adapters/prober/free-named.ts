// A real named on a free port of the loopback addresses, with one small zone if nothing else is said.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { untilStopped } from '../../support/stopped.ts'
import { closedPort } from './fake-resolver.ts'

export interface Named extends AsyncDisposable {
  readonly port: number
  /** SIGSTOP: it keeps its sockets and says nothing. */
  freeze(): void
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>
}

/** More than 1232 bytes, so that it only fits into an answer over TCP. */
export const LONG_TEXT = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(200))

const ZONE = `$TTL 60
@ SOA ns hostmaster 7 3600 600 86400 60
@ NS ns
ns A 192.0.2.53
ns AAAA 2001:db8::53
www CNAME ns
long TXT ${LONG_TEXT.map((text) => `"${text}"`).join(' ')}
`

const config = (directory: string, port: number) => `options {
  directory "${directory}";
  listen-on port ${port} { 127.0.0.0/8; };
  listen-on-v6 port ${port} { ::1; };
  pid-file none;
  session-keyfile "${directory}/session.key";
  managed-keys-directory "${directory}";
  recursion no;
  dnssec-validation no;
};
controls { };
zone "zone.test" { type primary; file "zone"; };
zone "broken.test" { type primary; file "missing"; };
`

/** Lays named's files down in a folder and returns its configuration. */
export type Furnish = (directory: string, port: number) => string

function withOneZone(directory: string, port: number): string {
  writeFileSync(join(directory, 'zone'), ZONE)
  return config(directory, port)
}

/** Starts named and waits until it says that it runs. */
export async function startNamed(furnish: Furnish = withOneZone): Promise<Named> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-named-'))
  const port = await closedPort('127.0.0.1')
  writeFileSync(join(directory, 'named.conf'), furnish(directory, port))
  const args = ['-g', '-n', '1', '-c', join(directory, 'named.conf')]
  const child = spawn('/usr/sbin/named', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    await saysThatItRuns(child)
  } catch (error) {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true })
    throw error
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return {
    port,
    freeze() {
      child.kill('SIGSTOP')
      untilStopped(child.pid ?? 0)
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(directory, { recursive: true })
    },
  }
}

function saysThatItRuns(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => {
      log += text
      if (/ running$/m.test(log)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`named ended:\n${log}`)))
  })
}
