// Publishing that outlives a full disk, and somebody who removes or changes what was published.
import type { PublishedPriority } from '../core/priority.ts'
import type { Log, Publisher, Result, WeightPublisher } from '../ports.ts'

export interface Publishing {
  priority(instance: string, priority: PublishedPriority): void
  status(text: string): void
  /**
   * Writes those of these priorities that a reader would not find.
   *
   * @returns whether the last status could not be written and ought to be written again
   */
  reassert(priorities: ReadonlyMap<string, PublishedPriority>): boolean
}

/** Complains once when publishing stops working, not with every attempt. */
export function createPublishing(publisher: Publisher, log: Log): Publishing {
  const attempts = createAttempts(log)
  const files = createFiles('priority', publisher.priority, publisher.isPublished, attempts, log)
  return {
    priority: files.write,
    status: (text) => attempts.note(STATUS, publisher.status(text)),
    reassert(priorities) {
      files.reassert(priorities)
      return attempts.isFailing(STATUS)
    },
  }
}

export interface WeightPublishing {
  weight(backend: string, weight: number): void
  /** Writes those of these weights that a reader would not find. */
  reassert(weights: ReadonlyMap<string, number>): void
}

/** The same for the weights of a load balancer's real servers. */
export function createWeightPublishing(publisher: WeightPublisher, log: Log): WeightPublishing {
  const attempts = createAttempts(log)
  const files = createFiles('weight', publisher.weight, publisher.isPublished, attempts, log)
  return { weight: files.write, reassert: files.reassert }
}

const STATUS = 'status'

function createAttempts(log: Log) {
  /** What could not be written, with its complaint. */
  const failing = new Map<string, string>()
  return {
    note(name: string, result: Result<void>): void {
      if (result.ok) {
        if (failing.delete(name) && failing.size === 0) log.line('info', 'publishing works again')
        return
      }
      if (failing.get(name) !== result.error) log.line('error', result.error)
      failing.set(name, result.error)
    },
    isFailing: (name: string) => failing.has(name),
    /** What is published no more need not be complained of. */
    keepOnly(isKept: (name: string) => boolean): void {
      for (const name of [...failing.keys()]) if (!isKept(name)) failing.delete(name)
    },
  }
}

/** Files with a value each, all of one kind. */
function createFiles<Value>(
  kind: 'priority' | 'weight',
  publish: (name: string, value: Value) => Result<void>,
  isPublished: (name: string, value: Value) => boolean,
  attempts: ReturnType<typeof createAttempts>,
  log: Log,
) {
  const prefix = `${kind} `
  const write = (name: string, value: Value) =>
    attempts.note(`${prefix}${name}`, publish(name, value))
  return {
    write,
    reassert(values: ReadonlyMap<string, Value>): void {
      attempts.keepOnly((name) => !name.startsWith(prefix) || values.has(name.slice(prefix.length)))
      for (const [name, value] of values) {
        if (isPublished(name, value)) continue
        if (!attempts.isFailing(`${prefix}${name}`))
          log.line('warn', `the ${kind} of ${name} was lost or changed: publishing it again`)
        write(name, value)
      }
    },
  }
}
