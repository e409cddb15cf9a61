// The spool of events: files that `holdfast notify` leaves in a folder, and the daemon reads and removes.
import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isEventId, MAX_EVENT_BYTES } from '../documents/spooled-event.ts'
import type { Result } from '../ports.ts'
import { replaceIn, temporaryName } from './atomic-file.ts'
import { attempt } from './file-error.ts'
import { type Folder, inFolder } from './folder.ts'
import { makeFolder, openToAppend } from './new-file.ts'

/** More transitions than that are too many to be read; the oldest are dropped, and counted. */
export const MAX_EVENTS = 1000
const SUFFIX = '.event'

/** Blocks that are already on the disk, for events that come when it is full. */
export const RESERVES = 16
/** One byte for each event that was dropped, up to so many. */
export const DROPPED = 'dropped'
const MAX_DROPPED = 1_000_000

/** Whoever writes events is in the group of the folder or root; nobody else need read them. */
const EVENT = { mode: 0o640, durable: true, owner: 'folder' } as const

export function spoolFolder(stateDir: string): string {
  return join(stateDir, 'spool')
}

export function eventFile(id: string): string {
  return `${id}${SUFFIX}`
}

/** The ids of the events in a folder, oldest first. */
export function listEvents(folder: Folder): string[] {
  return folder
    .names()
    .filter((name) => name.endsWith(SUFFIX) && isEventId(name.slice(0, -SUFFIX.length)))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort()
}

/**
 * Leaves an event in the spool so that it survives a power loss.
 *
 * Where the disk is full, a block of the reserve is written over; where that is gone as well, the
 * oldest event makes room.
 */
export function spoolEvent(stateDir: string, id: string, text: string): Result<void> {
  const path = spoolFolder(stateDir)
  makeSpoolFolder(path)
  return attempt('write', join(path, eventFile(id)), () =>
    inFolder(path, (folder) => leave(folder, eventFile(id), text)),
  )
}

function leave(folder: Folder, name: string, text: string): void {
  trimSpool(folder, MAX_EVENTS - 1)
  try {
    replaceIn(folder, name, text, EVENT)
  } catch (error) {
    if (overwriteReserve(folder, name, text)) return
    const dropped = drop(folder, eventCount(folder) - 1)
    if (dropped === 0) throw error
    try {
      replaceIn(folder, name, text, EVENT)
    } finally {
      // Only now, or the count would take the room that was made for the event.
      countDropped(folder, dropped)
    }
  }
}

/** Drops the oldest events until at most `most` are left, and counts them. */
export function trimSpool(folder: Folder, most: number): void {
  const dropped = drop(folder, most)
  if (dropped > 0) countDropped(folder, dropped)
}

/** @returns how many were dropped */
function drop(folder: Folder, most: number): number {
  let dropped = 0
  try {
    const ids = listEvents(folder)
    for (const id of ids.slice(0, Math.max(0, ids.length - Math.max(0, most)))) {
      folder.remove(eventFile(id))
      dropped += 1
    }
  } catch {
    // Somebody else drops them just now, or the folder cannot be read: writing will tell.
  }
  return dropped
}

function eventCount(folder: Folder): number {
  try {
    return listEvents(folder).length
  } catch {
    return 0
  }
}

/** Appending is atomic, so that several programs can count at once. */
function countDropped(folder: Folder, count: number): void {
  try {
    const descriptor = openToAppend(folder, DROPPED, 0o660)
    try {
      const { size } = fstatSync(descriptor)
      if (size < MAX_DROPPED) writeSync(descriptor, '.'.repeat(count))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // On a full disk the count may stay behind; the events matter more.
  }
}

export function reserveName(index: number): string {
  return `.reserve-${index}`
}

/** Writes into a block that the disk has given already, which a full disk does not prevent. */
function overwriteReserve(folder: Folder, name: string, text: string): boolean {
  const bytes = Buffer.from(text)
  if (bytes.length > MAX_EVENT_BYTES) return false
  // Of the kind that the removal of temporary files removes once its writer has gone.
  const claimed = temporaryName()
  for (let index = 0; index < RESERVES; index += 1) {
    try {
      folder.rename(reserveName(index), claimed)
    } catch {
      continue
    }
    try {
      overwrite(folder, claimed, bytes)
      folder.rename(claimed, name)
      return true
    } catch {
      return false
    }
  }
  return false
}

/** What follows the text in the block are blanks, which mean nothing in JSON. */
function overwrite(folder: Folder, name: string, bytes: Uint8Array): void {
  const descriptor = folder.open(name, constants.O_WRONLY)
  try {
    fchmodQuietly(descriptor)
    if (writeSync(descriptor, bytes, 0, bytes.length, 0) < bytes.length)
      throw new Error(`${name} is too short`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function fchmodQuietly(descriptor: number): void {
  try {
    fchmodSync(descriptor, EVENT.mode)
  } catch {
    // It belongs to the daemon's user, who may read it anyway.
  }
}

/**
 * New files belong to the folder's group, which is the daemon's; members of it, such as the user
 * whom keepalived runs scripts as, may leave events.
 */
const FOLDER_MODE = 0o2770

/**
 * Makes the folder where it is missing. It belongs to whom its parent belongs to: root may be the
 * first to need it, and the daemon must be able to remove what root leaves there.
 *
 * @returns whether it was made
 */
export function makeSpoolFolder(folder: string): boolean {
  try {
    return makeFolder(folder, FOLDER_MODE, 'folder')
  } catch {
    // Writing into it will say what is wrong.
    return false
  }
}
