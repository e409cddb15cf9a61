// What earlier runs noted of test files, by which later ones are planned: seconds, and a lab's processors. Pure.
import type { Result } from './job.ts'

export interface Timing {
  readonly seconds: number
  /** How many processors its servers keep busy in the mean; only files of the lab have it. */
  readonly processors?: number
}

export type Timings = ReadonlyMap<string, Timing>

/** @param text JSON, from the path of a file to a timing, or to its seconds alone */
export function readTimings(text: string): Timings {
  const read: Readonly<Record<string, number | Timing>> = JSON.parse(text)
  const timing = (noted: number | Timing) =>
    typeof noted === 'number' ? { seconds: noted } : noted
  return new Map(Object.entries(read).map(([file, noted]) => [file, timing(noted)]))
}

/** As `readTimings` reads it, a line for each file. */
export function writeTimings(timings: Timings): string {
  const lines = [...timings]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { seconds, processors }]) =>
      processors === undefined
        ? `  "${file}": ${seconds}`
        : `  "${file}": { "seconds": ${seconds}, "processors": ${processors} }`,
    )
  return `{\n${lines.join(',\n')}\n}\n`
}

/** What a run measured, and what is known of the files that were not in it. Short ones are not noted. */
export function timingsAfter(results: readonly Result[], known: Timings): Timings {
  const measured = new Map(
    results
      .flatMap((result): readonly (readonly [string, Timing])[] =>
        result.files.size > 1
          ? [...result.files].map(([file, seconds]) => [file, { seconds }])
          : [[result.job.name, timingOf(result)]],
      )
      .filter(([file]) => file.endsWith('.test.ts')),
  )
  const noted = [...measured]
    .filter(([, { seconds }]) => seconds >= 1)
    .map(([file, timing]) => [file, { ...timing, seconds: Math.round(timing.seconds) }] as const)
  return new Map([...[...known].filter(([file]) => !measured.has(file)), ...noted])
}

/** The servers of a lab are children of its job; what raises other hosts leaves them to others. */
function timingOf({ job, tookS, processorS }: Result): Timing {
  const processors = Math.round((processorS / tookS) * 100) / 100
  return job.step === 'lab' ? { seconds: tookS, processors } : { seconds: tookS }
}
