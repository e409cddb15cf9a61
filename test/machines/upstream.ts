// The "internet" of the machines: a named on the switch that knows a few zones.
import type { LabProcess } from '../lab/process.ts'
import { spawnInside } from '../lab/process.ts'
import { type Fleet, SWITCH } from './fleet.ts'

/** Any name in it has an address. */
const UPSTREAM_ZONE = 'upstream.example'

const FOLDER = '/run/upstream'

/** The root and these have a SOA and nothing else. */
const EMPTY_ZONES = ['.', 'com', 'org', 'de']

const CONF = `options {
  directory "${FOLDER}";
  recursion no;
  allow-query { any; };
  listen-on { ${SWITCH.v4}; };
  listen-on-v6 { ${SWITCH.v6}; };
  pid-file none;
  session-keyfile none;
};
controls { };
zone "${UPSTREAM_ZONE}" { type primary; file "upstream.zone"; };
${EMPTY_ZONES.map(emptyZone).join('\n')}
`

/** The answers live one second, so that no server's cache hides that this is gone. */
const ZONE = `$TTL 1
@ SOA localhost. root.localhost. 1 3600 600 86400 1
@ NS localhost.
@ A 198.51.100.1
@ AAAA 2001:db8:ff::1
* A 198.51.100.2
* TXT "upstream"
`

/** Runs until the fleet ends, or somebody signals it. */
export async function startUpstream(fleet: Fleet): Promise<LabProcess> {
  await fleet.run(['mkdir', '-p', FOLDER])
  await fleet.run(['tee', `${FOLDER}/named.conf`], CONF)
  await fleet.run(['tee', `${FOLDER}/upstream.zone`], ZONE)
  const command = ['named', '-g', '-n', '1', '-c', `${FOLDER}/named.conf`]
  const named = await spawnInside(fleet.pid, 'upstream named', command)
  await named.log.waitFor(/\brunning$/)
  return named
}

function emptyZone(name: string): string {
  return `zone "${name}" { type primary; database "_builtin empty localhost. root.localhost."; };`
}
