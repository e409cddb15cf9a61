// The interfaces that the shell implements. Adapters know these and the pure folders, not each other.

import type { ListenAddress } from './config/config.ts'
import type { Endpoint, LocalAddress } from './core/check.ts'
import type { Event } from './core/event.ts'
import type { Override } from './core/override.ts'
import type { PublishedPriority } from './core/priority.ts'
import type { Probe, QueryOutcome } from './dns/probe.ts'

/** Success with a value, or an expected failure as a sentence for people. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string }

export interface Clock {
  /** Milliseconds on a clock that never steps; its origin means nothing. */
  nowMs(): number
  /** Milliseconds since 1970: for people only. */
  wallMs(): number
  /** Milliseconds since boot, suspended time included (CLOCK_BOOTTIME); the same for all processes. */
  bootMs(): number
  /** Changes with every boot. */
  readonly bootId: string
  /** Calls `wake` once, at `atMs` on the `nowMs` clock or as soon after as can be. Returns its cancellation. */
  wakeAt(atMs: number, wake: () => void): () => void
}

export interface Answer {
  readonly outcome: QueryOutcome
  readonly latencyMs: number
  readonly detail?: string
  /** Data of the asked type, in order of their text; with `ok` alone, where it was asked for. */
  readonly records?: readonly string[]
  /** With `ok` alone: how long the answer may still be kept, in seconds; left out where it cannot be. */
  readonly ttlS?: number
}

/** What is asked of a prober; `wantsRecords` for the contents of the answer. */
export interface ProberQuery extends Probe {
  readonly endpoint: Endpoint
  readonly timeoutMs: number
  readonly wantsRecords?: boolean
}

/**
 * Asks one question, from the endpoint's own address to the endpoint's own address; a name with
 * `RANDOM` in it is another one each time. Never rejects.
 */
export interface Prober {
  ask(query: ProberQuery): Promise<Answer>
}

/** Counts a load balancer's real servers. */
export interface Quorum {
  /** Whether the services at a virtual address have as many as they need; resolves once that is known, and never rejects. */
  ask(endpoint: Endpoint): Promise<QuorumAnswer>
}

export interface QuorumAnswer extends Omit<Answer, 'outcome'> {
  readonly outcome: 'ok' | 'no-quorum'
}

export interface AddressChange {
  readonly addresses: readonly LocalAddress[]
  readonly removed: readonly { readonly address: string; readonly interface: string }[]
}

/** Follows the kernel's address table. */
export interface AddressSource {
  /** The table as it is now; every address in the first one has `sinceMs` null. */
  start(onChange: (change: AddressChange) => void): AddressChange
  /** Reads the table soon, and tells what it holds whether it has changed or not. */
  reread(): void
  stop(): void
}

/** Where keepalived and `check` read what the daemon decided. All writes are atomic. */
export interface Publisher {
  status(text: string): Result<void>
  /** What has been counted, beside the status. */
  tally(text: string): Result<void>
  /** After a failure the instance's old value is withdrawn where that can be done. */
  priority(instance: string, priority: PublishedPriority): Result<void>
  /** Whether a reader would find this priority now: files can be lost, or changed by somebody else. */
  isPublished(instance: string, priority: PublishedPriority): boolean
  /** Removes what an earlier run or config left: only these instances' priorities stay. */
  retain(instances: readonly string[]): Result<void>
}

/** Where keepalived reads what a load balancer's real servers weigh. All writes are atomic. */
export interface WeightPublisher {
  /**
   * A weight, or REMOVED of src/balancer/pool.ts. After a failure the old weight is withdrawn where
   * that can be done: a missing file weighs 0.
   */
  weight(backend: string, weight: number): Result<void>
  /** Whether a reader would find this weight now. */
  isPublished(backend: string, weight: number): boolean
  /** Removes what an earlier config left: only these backends' weights stay. */
  retain(backends: readonly string[]): Result<void>
}

/** What operators ordered about a load balancer's real servers, each read whole or not at all. */
export interface BackendOverrides {
  /** The file of a backend's order. */
  pathOf(backend: string): string
  /**
   * Reads the order about a backend again and again: what this reader read last stands while this
   * process can open nothing at all. A backend that is new needs a new one, which knows no order.
   */
  readerOf(backend: string): () => Override | null
  /** Ends an order whose time is over; fails where another one stands there by now. */
  lift(backend: string, order: Override): Promise<Result<void>>
  /** Whether NTP has set the clock. Never rejects. */
  askClock(): Promise<boolean>
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

export interface Log {
  line(level: LogLevel, text: string): void
}

/** systemd, where it is there. */
export interface ServiceManager {
  ready(status: string): void
  reloading(): void
  stopping(): void
  status(text: string): void
  /** How often `watchdog` must be called, or null when nobody watches. */
  readonly watchdogMs: number | null
  watchdog(): void
}

/** A thing that is told about events in order. */
export type Dispatch = (event: Event) => void

/** The operator's text files: config, orders, override. */
export interface TextFiles {
  /** The file's text; an error names the path and says what to do. */
  read(path: string): Result<string>
  /** Calls `onChange` after any of the files changed, came or went. Returns its end. */
  watch(paths: readonly string[], onChange: () => void): () => void
}

/** What the operator ordered, read whole or not at all: garbage counts as drained. */
export interface OverrideStore {
  /** The file it is kept in. */
  readonly path: string
  /** What was read before stands while this process can open nothing at all. */
  read(): Override | null
}

/**
 * Where `holdfast notify`, and a balancer's daemon, leave events until they have been told. Nobody
 * waits for the disk: what is asked for is done in its order, and no promise rejects.
 */
export interface Spool {
  /** Leaves an event so that it survives a power loss; a scan finds it. */
  add(id: string, text: string): Promise<Result<void>>
  /** Events that no earlier scan has returned, oldest first. What cannot be read is logged, once. */
  scan(): Promise<readonly { readonly id: string; readonly text: string }[]>
  /** These events need no longer be kept. */
  remove(ids: readonly string[]): Promise<void>
  /** How many events were dropped for want of room since the last call. */
  takeLost(): Promise<number>
  /** Calls `onChange` when a scan may find something new. Returns its end. */
  watch(onChange: () => void): () => void
  /** What the last journal said; empty when there is none. */
  readJournal(): string
  /** Writes the journal so that it survives a power loss. */
  writeJournal(text: string): Promise<Result<void>>
}

/** What happened, for replays: bounded on disk, and lost rather than waited for. */
export interface History {
  /**
   * Adds lines, soon rather than now.
   *
   * @param head what a reader must know first, asked for when a new file begins; null where these
   *   lines say it themselves
   */
  append(lines: readonly string[], head: (() => readonly string[]) | null): void
  /** Has what waits written at once, and waits for nothing. */
  flush(): void
  /** Has what still waits written, and takes no more. */
  close(): void
}

/** A file that others read, at a path that the operator chose. All writes are atomic, and none is waited for. */
export interface TextfileCollector {
  write(path: string, text: string): Promise<Result<void>>
  /** One that is not there is no error. */
  remove(path: string): Promise<void>
}

/** Answers those on this host who ask by HTTP. */
export interface WebServer {
  /**
   * Listens until the function that comes back is called. Never rejects.
   *
   * @param answer makes the reply for a path without its query, or null where there is nothing
   */
  listen(
    at: ListenAddress,
    answer: (path: string) => Promise<WebReply | null>,
  ): Promise<Result<() => void>>
}

export interface WebReply {
  readonly type: string
  readonly body: string
  /** What a browser may do with it; nothing when left out. */
  readonly policy?: string
}

/** Why something could not be read: `missing` it is not there, `denied` not for this user. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: 'missing' | 'denied' | 'other'; readonly error: string }

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  /** The permission bits alone. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** What is free is so for those who are not root, as `df` tells it. */
export interface FileSystemSpace {
  readonly freeBytes: number
  readonly totalBytes: number
  /** Both are 0 where the file system does not count them. */
  readonly freeInodes: number
  readonly totalInodes: number
}

/** What a program said that ended by itself within its time. */
export interface ProgramRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Looks at this host, and changes nothing. Never rejects; what cannot be had is a value. */
export interface Inspector {
  /** The effective user. */
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs' | 'bootMs' | 'bootId'>
  /** A file's text; one over `limitBytes` (default 1 MiB) is an error. */
  text(path: string, limitBytes?: number): Read<string>
  /** About the path itself: a link is not followed. */
  stat(path: string): Read<FileFacts>
  /** The names in a folder, sorted. */
  list(path: string): Read<readonly string[]>
  /** Where a link leads, as it is written in it. */
  link(path: string): Read<string>
  /** The path without links in it. */
  real(path: string): Read<string>
  /** The file system that a path lies on. */
  space(path: string): Read<FileSystemSpace>
  /**
   * Runs a program (a name is looked for in PATH and the folders for administrators) without a
   * shell, in the C locale, for at most `limitMs` (default 3 s). A program that is not there is
   * `missing`; a program's failure is its exit code.
   */
  run(
    program: string,
    args: readonly string[],
    options?: { readonly input?: string; readonly limitMs?: number },
  ): Promise<Read<ProgramRun>>
  /** Asks a DNS server on this host, from the endpoint's own address. */
  readonly prober: Prober
  /** Asks the running keepalived for its JSON dump: the text of it. */
  keepalivedDump(): Promise<Read<string>>
}
