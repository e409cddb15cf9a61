// A folder for a moment. Shared by adapters.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Folder, inFolder } from './folder.ts'

/**
 * Runs `use` with an empty folder that is gone afterwards. Root's is in /run, which is root's alone:
 * whoever owns the folder that TMPDIR names could put a link where a program is told to look.
 */
export function inScratchFolder<T>(use: (folder: Folder) => T): T {
  const above = process.geteuid?.() === 0 ? '/run' : tmpdir()
  const path = mkdtempSync(join(above, 'holdfast-test-'))
  try {
    return inFolder(path, use)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
