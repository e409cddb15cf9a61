// A host of somebody who reads a page and types what stands there: its resolver, its order, a folder with a release.
import { blocksOf, readPage } from '../docs/markdown.ts'
import { SWITCH } from './fleet.ts'
import type { Machine } from './machine.ts'

/** Where the reader types, and has the files that a page speaks of. */
export const FOLDER = '/root/release'
export const README = {
  config: 'Everything that is not here has a default',
  order: '`#` takes a server out',
} as const

/** What is there before: a resolver that somebody else has set up. */
const OPTIONS = `options {
  directory "/var/cache/bind";
  recursion yes;
  forward only;
  forwarders { ${SWITCH.v4}; };
  dnssec-validation no;
};
`

/** Needs the "internet" of upstream.ts. */
export async function prepareReader(host: Machine): Promise<void> {
  await host.run(['mkdir', FOLDER])
  host.write('/etc/bind/named.conf.options', OPTIONS)
  host.write('/etc/resolv.conf', 'nameserver 127.0.0.1\n')
  await host.run(['systemctl', 'restart', 'named'])
}

/** The first block behind these words. */
export function blockAfter(lead: string, page = 'README.md'): string {
  const found = blocksOf(readPage(page)).find((block) => block.lead.includes(lead))
  if (found === undefined) throw new Error(`${page}: no block after "${lead}"`)
  return found.text
}

/** What a line comes to, whatever that is. */
export const tryLine = (host: Machine, line: string) =>
  host.exec(['bash', '-c', `cd ${FOLDER} && ${line}`])

/** Types a line, and fails unless it succeeds; returns what it said. */
export const type = (host: Machine, line: string) =>
  host.run(['bash', '-c', `cd ${FOLDER} && ${line}`])
