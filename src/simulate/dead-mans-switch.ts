// keepalived's run of `holdfast check`: what a daemon has published is believed while its status is fresh.

/** keepalived before 2.3.2 runs `check` once a second, and takes the server to the lowest priority when it fails twice. */
const CHECK_EVERY_MS = 1000
const CHECK_FALL = 2

export interface DeadMansSwitchHost {
  nowMs(): number
  /** Runs something later, whatever becomes of the daemon. */
  later(afterMs: number, run: () => void): void
  /** The check passes now and did not before, or the other way round. */
  changed(): void
}

export interface DeadMansSwitch {
  /** Whether keepalived believes what was published. */
  passes(): boolean
  /** A status was written: until when it is valid, and whether the server may serve by it. */
  statusWritten(validUntilMs: number, servable: boolean): void
  /** The daemon is dead, or does nothing for a while: its status stays as it is until it expires. */
  daemonStopped(): void
}

/** @param phaseMs when in each second it is run */
export function createDeadMansSwitch(phaseMs: number, host: DeadMansSwitchHost): DeadMansSwitch {
  let validUntilMs = Number.NEGATIVE_INFINITY
  let servable = false
  let passes = false
  let failed = 0
  let awaitedMs = Number.POSITIVE_INFINITY

  /** keepalived finds out at its next check, not before. */
  function awaitCheck(): void {
    const nextMs = nextCheckMs(host.nowMs())
    if (nextMs === awaitedMs) return
    awaitedMs = nextMs
    host.later(nextMs - host.nowMs(), runCheck)
  }

  function runCheck(): void {
    awaitedMs = Number.POSITIVE_INFINITY
    const nowMs = host.nowMs()
    const succeeds = servable && validUntilMs >= nowMs
    failed = succeeds ? 0 : failed + 1
    if (succeeds === passes) return
    if (failed > 0 && failed < CHECK_FALL) {
      awaitedMs = nextCheckMs(nowMs + 1)
      host.later(awaitedMs - nowMs, runCheck)
      return
    }
    passes = succeeds
    host.changed()
  }

  function nextCheckMs(nowMs: number): number {
    return phaseMs + Math.ceil((nowMs - phaseMs) / CHECK_EVERY_MS) * CHECK_EVERY_MS
  }

  return {
    passes: () => passes,
    statusWritten(untilMs, mayServe) {
      validUntilMs = untilMs
      servable = mayServe
      if (servable !== passes) awaitCheck()
    },
    daemonStopped() {
      // The first check after its expiry fails.
      const expiryMs = nextCheckMs(Math.max(host.nowMs(), validUntilMs))
      host.later(expiryMs + 1 - host.nowMs(), runCheck)
    },
  }
}

/** When in each second it is run, drawn from [0, 1). */
export function checkPhaseMs(draw: number): number {
  return draw * CHECK_EVERY_MS
}
