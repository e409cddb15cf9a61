// Every check there is, in the order in which they are told: what others rest on comes first.
import { BALANCER_CHECKS } from './balancer/checks.ts'
import { BIND_CHECKS } from './bind/checks.ts'
import type { DoctorCheck } from './doctor-check.ts'
import { HOLDFAST_CHECKS } from './holdfast/checks.ts'
import { KEEPALIVED_CHECKS } from './keepalived/checks.ts'
import { NETWORK_CHECKS } from './network/checks.ts'
import { VRRP_CHECKS } from './vrrp/checks.ts'

export const CHECKS: readonly DoctorCheck[] = [
  ...HOLDFAST_CHECKS,
  ...KEEPALIVED_CHECKS,
  ...VRRP_CHECKS,
  ...BIND_CHECKS,
  ...NETWORK_CHECKS,
  ...BALANCER_CHECKS,
]
