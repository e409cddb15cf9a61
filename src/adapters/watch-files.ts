// Notices that files were changed, replaced, made or removed.
import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export interface WatchOptions {
  /** How long changes are gathered before they are reported. */
  readonly settleMs?: number
  /** How often the files are looked at besides the kernel's events. */
  readonly pollMs?: number
}

const SETTLE_MS = 50
const POLL_MS = 3_000

/**
 * Reports which of `paths` have changed, until the returned function is called.
 *
 * The folders are watched, not the files: editors replace a file by rename, and a watch on the file
 * would stay with the old one. A poll catches what no event tells: a folder that does not exist yet
 * or was made anew, the far end of a symbolic link, a network file system.
 */
export function watchFiles(
  paths: readonly string[],
  onChange: (changed: readonly string[]) => void,
  options: WatchOptions = {},
): () => void {
  const { settleMs = SETTLE_MS, pollMs = POLL_MS } = options
  const seen = new Map(paths.map((path) => [path, fingerprint(path)]))
  const folders = watchFolders(new Set(paths.map((path) => dirname(path))), () => settle())
  let settling: ReturnType<typeof setTimeout> | undefined

  const look = () => {
    settling = undefined
    folders.renew()
    const changed: string[] = []
    for (const [path, before] of seen) {
      const now = fingerprint(path)
      if (now === before) continue
      seen.set(path, now)
      changed.push(path)
    }
    if (changed.length > 0) onChange(changed)
  }
  const settle = () => {
    settling ??= setTimeout(look, settleMs)
  }
  const poll = setInterval(look, pollMs)

  return () => {
    clearInterval(poll)
    clearTimeout(settling)
    settling = undefined
    folders.close()
  }
}

interface FolderWatches {
  /** Watches folders that have appeared or were replaced since. */
  renew(): void
  close(): void
}

function watchFolders(folders: ReadonlySet<string>, onEvent: () => void): FolderWatches {
  const watches = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>()
  let closed = false

  const drop = (folder: string) => {
    watches.get(folder)?.watcher.close()
    watches.delete(folder)
  }
  const renew = () => {
    for (const folder of folders) {
      const identity = folderIdentity(folder)
      if (watches.get(folder)?.identity === identity) continue
      drop(folder)
      if (identity === null || closed) continue
      try {
        const watcher = watch(folder, { persistent: false }, onEvent)
        watcher.on('error', () => drop(folder))
        watches.set(folder, { identity, watcher })
      } catch {
        // No watch to be had (the limit of inotify, say): the poll does it alone.
      }
    }
  }
  renew()
  return {
    renew,
    close() {
      closed = true
      for (const folder of [...watches.keys()]) drop(folder)
    },
  }
}

function folderIdentity(folder: string): string | null {
  try {
    const { dev, ino } = statSync(folder)
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

/** Changes whenever the file's contents may have. */
function fingerprint(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(':')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}
