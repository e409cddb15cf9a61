// Metrics of a load balancer's real servers; none on a DNS server.
import { STANDINGS } from '../../core/standing.ts'
import type { BackendStatus, StatusDocument } from '../../documents/status.ts'
import { counter, type Family, gauge, type Labels, states } from './exposition.ts'

export function backendFamilies({ backends = [] }: StatusDocument): Family[] {
  return [
    gauge(
      'holdfast_backend_weight',
      'What a real server weighs in IPVS now; none before its first verdict.',
      backends.map((it) => [labelsOf(it), it.weight]),
    ),
    gauge(
      'holdfast_backend_configured_weight',
      'What a real server weighs while it is healthy and has been for the slow start.',
      backends.map((it) => [labelsOf(it), it.configured_weight]),
    ),
    gauge(
      'holdfast_backend_up',
      '1 where the checks found that a real server answers, be it drained or not.',
      backends.map((it) => [labelsOf(it), it.verdict !== 'failed']),
    ),
    gauge(
      'holdfast_backend_standing',
      'What a real server is worth: 1 for what it is, 0 for the others.',
      backends.flatMap((it) => states('standing', STANDINGS, it.standing, labelsOf(it))),
    ),
    gauge(
      'holdfast_backend_override',
      '1 while an operator keeps a real server out of the pool.',
      backends.map((it) => [labelsOf(it), it.override !== null]),
    ),
    counter(
      'holdfast_backend_moves_total',
      'How often a real server came into the pool, and went.',
      backends.flatMap((it) => [
        [{ ...labelsOf(it), direction: 'came' }, it.came] as const,
        [{ ...labelsOf(it), direction: 'went' }, it.went] as const,
      ]),
    ),
  ]
}

function labelsOf({ service, server }: BackendStatus): Labels {
  return { service, server }
}
