// What tells policies apart: how one server's checks become its priority in the election.
import type { Config } from '../config/config.ts'
import type { Family, Transport } from '../dns/probe.ts'
import type { Reply } from './bind.ts'
import type { Random } from './random.ts'
import type { VrrpPriority } from './vrrp.ts'

/** What a policy's program on one server can see and do. */
export interface PolicyHost {
  readonly server: number
  readonly serverName: string
  readonly instances: readonly SimulatedInstance[]
  readonly random: Random
  nowMs(): number
  /** Runs something later, unless the program has died by then. */
  later(afterMs: number, run: () => void): void
  /** The same for what keepalived does, which outlives the program. */
  keepalivedLater(afterMs: number, run: () => void): void
  /**
   * Asks the local server, for a name upstream or, with null, for what it knows itself; what comes
   * back is known at once, and true from `latencyMs` on.
   */
  ask(address: string, transport: Transport, upstream: string | null, timeoutMs: number): Reply
  /** The addresses that this server has now. */
  addresses(): readonly SimulatedAddress[]
  /** What keepalived's election works with. */
  setPriority(instance: number, priority: VrrpPriority): void
}

export interface SimulatedInstance {
  readonly name: string
  readonly cluster: string
  readonly address: string
  readonly reverseOrder: boolean
}

export interface SimulatedAddress {
  readonly address: string
  readonly family: Family
  readonly interface: string
  readonly loopback: boolean
  /** null when it was there from the start. */
  readonly sinceMs: number | null
}

/** A program that checks one server. */
export interface Checker {
  start(order: readonly string[]): void
  addressesChanged(
    removed: readonly { readonly address: string; readonly interface: string }[],
  ): void
  orderChanged(order: readonly string[]): void
  override(mode: 'drained' | 'isolated' | null): void
  /** Another config for this server alone; programs that read none have no need of it. */
  configChanged?(config: Config): void
  /** The same config is read again. */
  reloaded?(): void
  /** The process is stopped until then; what is sent to it waits. */
  stalled?(untilMs: number): void
  /** From now on everything that is published keeps the process waiting for so long. */
  diskSlowed?(waitMs: number): void
  /** The program was killed; what it has published stays until something notices. */
  killed(): void
  /** When it wants `tick`; infinite for programs that use `later`. */
  wakeAtMs(): number
  tick(): void
}

export interface Policy {
  readonly name: string
  /** Where its behaviour is documented. */
  readonly source: string
  create(host: PolicyHost): Checker
}
