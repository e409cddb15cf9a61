// Waits for somebody to save a file.
import { watch } from 'node:fs'

const FOLDERS = ['src', 'test', 'build', 'dist']

/** Returns once a file of the source, of the tests or of what is built from them has changed. */
export function untilChange(): Promise<void> {
  return new Promise((resolve) => {
    const watchers = FOLDERS.map((folder) =>
      watch(folder, { recursive: true }, (_, name) => {
        if (name === null || !/\.ts$|^holdfast/.test(name)) return
        for (const watcher of watchers) watcher.close()
        resolve()
      }),
    )
  })
}
