// What the service manager is told: that others may start, and that the daemon lives.
import type { ServerFacts } from '../core/facts.ts'
import { mayServe, stateWord } from '../core/server-state.ts'
import { worstServerState } from '../documents/status-summary.ts'
import type { Clock, ServiceManager } from '../ports.ts'

/** A daemon whose event loop is later than this feeds the watchdog no more. */
const HUNG_AFTER_MS = 5000

export interface Readiness {
  /** Told of each status that was written. */
  onStatus(facts: Pick<ServerFacts, 'config' | 'decided' | StateFacts>): void
  reloaded(text: string): void
}

type StateFacts = 'health' | 'state' | 'override' | 'instances' | 'reasons'

/** What the service manager knows of the daemon: others may start once the first result is out. */
export function createReadiness(service: ServiceManager): Readiness {
  let isReady = false
  let told = ''
  return {
    onStatus(facts) {
      const { config, decided } = facts
      const text = `${config.server.name}: ${stateIn(facts)}`
      if (text !== told) service.status(text)
      told = text
      if (decided && !isReady) service.ready(text)
      isReady ||= decided
    },
    reloaded(text) {
      if (isReady) service.ready(text)
    },
  }
}

/** What `systemctl status` shows is what all other outputs begin with. */
function stateIn(facts: Pick<ServerFacts, StateFacts>): string {
  const { health, state, override, instances, reasons } = facts
  const worst = worstServerState({ health, may_serve: mayServe(state), override, instances })
  return stateWord(worst, reasons[0]?.kind === 'starting')
}

/** Feeds the watchdog, if there is one, until the returned function is called. */
export function feedWatchdog(
  service: ServiceManager,
  clock: Clock,
  overdueMs: () => number,
): () => void {
  const { watchdogMs } = service
  if (watchdogMs === null) return () => {}
  let cancel = () => {}
  const feed = () => {
    if (overdueMs() < HUNG_AFTER_MS) service.watchdog()
    cancel = clock.wakeAt(clock.nowMs() + watchdogMs, feed)
  }
  feed()
  return () => cancel()
}
