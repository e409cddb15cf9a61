// The host as the doctor sees it, wired from the adapters.
import { createClock } from '../../adapters/clock.ts'
import { createInspector } from '../../adapters/inspector.ts'
import { createTextDumper } from '../../adapters/keepalived-dump.ts'
import { createProber } from '../../adapters/prober.ts'
import { VERSION } from '../../cli/version.ts'
import type { Host } from '../../doctor/host.ts'
import { KEEPALIVED_CONF } from '../../keepalived/process.ts'

/** Where Debian's package has it. */
const NAMED_CONF = '/etc/bind/named.conf'

/** Throws where /proc is not mounted, without which nothing can be looked at. */
export function createHost(configFile: string): Host {
  const clock = createClock()
  const prober = createProber({ clock })
  return {
    inspect: createInspector({ clock, prober, dump: createTextDumper(), env: process.env }),
    paths: { configFile, keepalivedConf: KEEPALIVED_CONF, namedConf: NAMED_CONF },
    version: VERSION,
  }
}
