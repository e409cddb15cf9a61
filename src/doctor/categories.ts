// How a check of each category is written, and what all checks of a category need.
import { checksOf } from './doctor-check.ts'
import { balancerFact, noBalancerFact } from './facts/balancer-host.ts'
import { electedFact } from './facts/behind-balancer.ts'
import { configFact } from './facts/loaded-config.ts'

export const holdfastCheck = checksOf('holdfast', {})
export const keepalivedCheck = checksOf('keepalived', { elected: electedFact })
export const vrrpCheck = checksOf('vrrp', { elected: electedFact })
export const bindCheck = checksOf('bind', { noBalancer: noBalancerFact })
export const networkCheck = checksOf('network', {})
export const balancerCheck = checksOf('balancer', { config: configFact, balancer: balancerFact })
