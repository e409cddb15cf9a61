// Every exit code of holdfast, in one place.

/** What programs and people may rely on. `check` answers keepalived with `ok` and `failed` alone. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** What a monitoring system reads, by the monitoring plugins' convention. */
export const NAGIOS_EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const

/** What `doctor` found. Wrong usage is 2 as everywhere, with nothing on standard output. */
export const DOCTOR_EXIT = { sound: 0, warnings: 1, failures: 2, unknown: 3 } as const
