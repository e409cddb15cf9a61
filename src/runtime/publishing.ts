// Publishing that outlives a full disk, and somebody who removes or changes what was published.
import type { PublishedPriority } from '../core/priority.ts'
import type { Log, Publisher } from '../ports.ts'

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
  /** What could not be written, with its complaint. */
  const failing = new Map<string, string>()

  function attempt(name: string, result: ReturnType<Publisher['status']>): void {
    if (result.ok) {
      if (failing.delete(name) && failing.size === 0) log.line('info', 'publishing works again')
      return
    }
    if (failing.get(name) !== result.error) log.line('error', result.error)
    failing.set(name, result.error)
  }

  return {
    priority: (instance, priority) =>
      attempt(priorityOf(instance), publisher.priority(instance, priority)),
    status: (text) => attempt(STATUS, publisher.status(text)),
    reassert(priorities) {
      for (const name of [...failing.keys()])
        if (name !== STATUS && !priorities.has(instanceOf(name))) failing.delete(name)
      for (const [instance, priority] of priorities) {
        if (publisher.isPublished(instance, priority)) continue
        const name = priorityOf(instance)
        if (!failing.has(name))
          log.line('warn', `the priority of ${instance} was lost or changed: publishing it again`)
        attempt(name, publisher.priority(instance, priority))
      }
      return failing.has(STATUS)
    },
  }
}

const STATUS = 'status'
const PREFIX = 'priority '

function priorityOf(instance: string): string {
  return `${PREFIX}${instance}`
}

function instanceOf(name: string): string {
  return name.slice(PREFIX.length)
}
