// The checks of the category "network", in the order in which they are told.
import type { DoctorCheck } from '../doctor-check.ts'
import { ARP, NONLOCAL, REVERSE_PATH, SHARED_NETWORK } from './address-settings.ts'
import { DUPLICATE, DUPLICATE_SERVICE, PLACE, SOURCE } from './address-states.ts'
import { NOT_ON_LOOPBACK, ON_LOOPBACK, WHOLE } from './addresses-on-loopback.ts'
import { FIREWALL_VRRP } from './advert-firewall.ts'
import { FIREWALL_DNS } from './answered.ts'
import { DUPLEX, IPV6, MTU, MULTICAST, PRESENT, UP } from './link-states.ts'

export const NETWORK_CHECKS: readonly DoctorCheck[] = [
  ...[
    NONLOCAL,
    ARP,
    ON_LOOPBACK,
    WHOLE,
    NOT_ON_LOOPBACK,
    REVERSE_PATH,
    DUPLICATE_SERVICE,
    DUPLICATE,
  ],
  ...[PRESENT, UP, MULTICAST, IPV6, MTU, DUPLEX, FIREWALL_VRRP, FIREWALL_DNS, SHARED_NETWORK],
  ...[PLACE, SOURCE],
]
