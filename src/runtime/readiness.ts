// What the service manager is told: that others may start, and that the daemon lives.
import type { ServerFacts } from '../core/facts.ts'
import type { Clock, ServiceManager } from '../ports.ts'

/** A daemon whose event loop is later than this feeds the watchdog no more. */
const HUNG_AFTER_MS = 5000

export interface Readiness {
  /** Told of each status that was written. */
  onStatus(facts: Pick<ServerFacts, 'config' | 'verdict' | 'decided'>): void
  reloaded(text: string): void
}

/** What the service manager knows of the daemon: others may start once the first verdict is out. */
export function createReadiness(service: ServiceManager): Readiness {
  let isReady = false
  let told = ''
  return {
    onStatus({ config, verdict, decided }) {
      const text = `${config.server.name} is ${verdict}`
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
