// The rendered options for named at work: probes need no upstream, and no limit takes them for abuse.
import { describe, expect, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { createLab, onLab } from '../lab.ts'
import { ONE_INSTANCE } from '../layout.ts'
import { BIND_OPTIONS } from '../resolver.ts'
import { samplePriorities, untilPriority } from '../scenarios/watched-lab.ts'

const HEALTHY = 250
const FAILED = 10
const OBSERVED_MS = 6000

describe.skipIf(whyNoLab() !== null)('the options for named', () => {
  test('keep probes clear of upstreams and of rate limits', async () => {
    const extraToml = '[checks.local]\nprobes = ["probe.holdfast.invalid SOA"]\n'
    await onLab(createLab({ servers: ['s1'], clusters: ONE_INSTANCE, extraToml }), async (lab) => {
      const s1 = lab.server('s1')
      const rewrite = async (from: string | RegExp, to: string) => {
        s1.node.write(BIND_OPTIONS, s1.node.read(BIND_OPTIONS).replace(from, to))
        await s1.named.restart()
      }
      // Nothing answers upstream, and the operator limits rates as far as that goes.
      await lab.upstream.node.powerOff()
      const LIMITS = 'responses-per-second 1; all-per-second 1; slip 0; window 5;'
      await s1.start()
      await rewrite('rate-limit {', `rate-limit { ${LIMITS}`)
      await untilPriority(s1, 'recdns0', HEALTHY)
      const sampler = samplePriorities(s1, 'recdns0')
      await Bun.sleep(OBSERVED_MS)
      expect(sampler.stop()).toEqual([HEALTHY])

      // The same without the rendered exemption: named takes the probes for an attack.
      await rewrite(/exempt-clients \{[^}]*\};/, '')
      await untilPriority(s1, 'recdns0', FAILED)
    })
  }, 120_000)
})
