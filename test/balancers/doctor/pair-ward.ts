// A pair of balancers that the doctor finds sound, for tests that break one thing on it.
import { type Ward, wardOf } from '../../lab/doctor/broken.ts'
import { chooseHoldfast, HOLDFAST } from '../../lab/holdfast.ts'
import { KEEPALIVED_READY } from '../../lab/keepalived.ts'
import { createService, type Service } from '../../lab/service.ts'
import { type Balancer, type Balancers, createBalancers } from '../balancers.ts'
import {
  configure,
  halvesWith,
  type PairOptions,
  pairToml,
  tellKernel,
  untilHalves,
} from '../pair.ts'

/** Times for a processor that has three named and two keepalived besides, and slow system calls. */
const SLOW_PROCESSOR = `[timing]
check_interval = "4s"
slow_threshold_min = "1s"
[checks.local]
timeout = "5s"
probes = ["whoami.lab TXT"]
`
const KEEPALIVED = 'advert_interval = "1s"\nscript_interval = "20s"\nreport_transitions = false'

/** The balancer that is broken, with what runs on it. */
export interface Patient extends Balancer {
  readonly daemon: Service
  /** Ends keepalived in order, and starts it again: with lvs_flush its table is new. */
  startAnew(): Promise<void>
}

export interface Surroundings {
  readonly lab: Balancers
  server(name: string): Patient
  destroy(): Promise<void>
}

/** Both balancers run keepalived, and lb1, which is looked at, the daemon as well. */
export function pairWard(options: Options = {}): Ward<Patient, Surroundings> {
  return wardOf<Patient, Surroundings>(null, () => soundPair(options), ['--only', 'balancer'])
}

/** What differs from the usual pair; `balancer` are lines for its [balancer]. */
type Options = PairOptions & { readonly balancer?: string }

/** The pair itself, once its real servers are in the pool of lb1. */
export async function soundPair(options: Options = {}): Promise<Surroundings> {
  const { balancer = '', extra = '', ...rest } = options
  const toml = pairToml({
    keepalived: KEEPALIVED,
    ...rest,
    extra: `${SLOW_PROCESSOR}${extra}\n[balancer]\nslow_start = "0s"\n${balancer}\n`,
  })
  const lab = await createBalancers(chooseHoldfast())
  try {
    const [lb1, lb2] = lab.balancers
    for (const entry of [lb1, lb2]) {
      configure(entry, toml)
      await entry.keepalived.start()
      await entry.keepalived.log.waitFor(KEEPALIVED_READY)
    }
    const patient = patientOf(lb1)
    await tellKernel(patient, toml)
    await patient.daemon.start()
    await untilHalves(lb1, halvesWith(100, 100, 100))
    return { lab, server: () => patient, destroy: () => lab.destroy() }
  } catch (error) {
    await lab.destroy()
    throw error
  }
}

function patientOf(balancer: Balancer): Patient {
  const { node } = balancer
  return {
    ...balancer,
    daemon: createService(() => node, { name: 'holdfast', command: [HOLDFAST, 'daemon'] }),
    async startAnew() {
      await balancer.keepalived.stop()
      await balancer.keepalived.start()
      await untilHalves(balancer, halvesWith(100, 100, 100))
    },
  }
}
