// What lies upstream fails: for the holder alone, it gives way; for all, nothing moves.
import { expect } from 'bun:test'
import { UPSTREAM } from '../layout.ts'
import { UPSTREAM_ZONE } from '../resolver.ts'
import { BOTH, LOOPBACK_OFF, scenario } from '../scenario.ts'
import { untilPriority } from './watched-lab.ts'

const DEGRADED = 50

/** The zone's records live a second, so that each round has to go upstream. */
const EXTRA_TOML = `
[flap]
failback_delay = "3s"

[checks.internet]
kind = "upstream"
probes = ["www.${UPSTREAM_ZONE} A", "${UPSTREAM_ZONE} A"]
timeout = "300ms"
interval = "1200ms"
fall = 2
rise = 2
`
const CUT = `chain output { type filter hook output priority 0; ip daddr ${UPSTREAM.v4} drop; }`

scenario({
  name: 'upstream lost by the holder',
  onLoopback: BOTH,
  holder: 's1',
  options: { extraToml: EXTRA_TOML },
  async fault({ s1, held }) {
    await s1.firewall(CUT)
    await held('s2')
    expect(s1.priority('recdns0')).toBe(DEGRADED)
    await s1.clearFirewall()
  },
})

scenario({
  name: 'upstream lost by all servers',
  onLoopback: LOOPBACK_OFF,
  holder: 's1',
  options: { extraToml: EXTRA_TOML },
  async fault({ lab }) {
    await lab.upstream.named.kill()
    await Promise.all(lab.servers.map((server) => untilPriority(server, 'recdns0', DEGRADED)))
    await Bun.sleep(2000)
    expect(lab.observer.holders(lab.addresses[0] ?? '').length).toBe(1)
    await lab.upstream.named.start()
  },
})
