// Whether real servers answer at the virtual addresses as they do at their own.
import { VIRTUAL } from '../../balancer/backend.ts'
import { isPass } from '../../core/outcome.ts'
import type { BackendStatus, TargetStatus } from '../../documents/status-document.ts'
import { standingLine } from '../../host/loopback-addresses.ts'
import { balancerCheck } from '../categories.ts'
import { ok, trouble } from '../doctor-check.ts'
import { backendsFact } from './backends.ts'
import { LOCAL_ANSWERS, MARKED, MARKS, virtualFact } from './mark-rules.ts'

export const VIRTUALS = balancerCheck({
  code: 'H608',
  title: 'Every real server answers at the virtual addresses as at its own',
  severity: 'fail',
  explainedBy: [MARKS, MARKED, LOCAL_ANSWERS],
  needs: { virtual: virtualFact, backends: backendsFact },
  judge({ backends }) {
    const deaf = backends.filter(failsAtVirtualOnly)
    if (deaf.length === 0) return ok(`${backends.length} real servers`)
    const addresses = new Set(deaf.flatMap((backendStatus) => failedAddresses(backendStatus)))
    return trouble(
      deaf
        .map(
          (backendStatus) =>
            `${backendStatus.backend} does not answer at ${failedAddresses(backendStatus).join(', ')}`,
        )
        .join('; '),
      deaf.flatMap((backendStatus) => [
        `${backendStatus.backend}: its own addresses answer`,
        ...failing(backendStatus).map(
          ({ target, outcome }) => `${backendStatus.backend}: ${target}: ${outcome}`,
        ),
      ]),
      [
        'On that server:',
        'ip -brief address show lo',
        ...[...addresses].map((address) => `ip ${standingLine(address)}`),
        'For good: holdfast render-config standing --output /etc/holdfast/standing.ip',
      ],
    )
  },
})

function failing({ targets }: BackendStatus): readonly TargetStatus[] {
  return targets.filter((target) => target.interface === VIRTUAL && isFailed(target))
}

function isFailed({ outcome, ignored }: TargetStatus): boolean {
  return outcome !== null && !isPass(outcome) && !ignored
}

/** A real server whose trouble is at virtual addresses alone. */
export function failsAtVirtualOnly(backend: BackendStatus): boolean {
  const own = backend.targets.filter((target) => target.interface !== VIRTUAL)
  return !own.some(isFailed) && failing(backend).length > 0
}

/** Out of "udp/192.0.2.53", each once. */
function failedAddresses(backend: BackendStatus): readonly string[] {
  const all = failing(backend).map(({ target }) => target.replace(/^[^/]*\//, '').split(' ', 1)[0])
  return [...new Set(all.filter((address) => address !== undefined))]
}
