// Folders for tests, in the system's folder for temporary files, which are gone afterwards.
import { afterAll, afterEach, beforeAll, beforeEach } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder extends Disposable {
  readonly path: string
}

/** An empty folder, which nobody else may enter. */
export function temporaryFolder(): TemporaryFolder {
  const path = newPath()
  make(path)
  return { path, [Symbol.dispose]: () => remove(path) }
}

/** The path at which each test of the calling file finds an empty folder. */
export function folderForEachTest(): string {
  const path = newPath()
  beforeEach(() => make(path))
  afterEach(() => remove(path))
  return path
}

/** The path at which all tests of the calling file find the same folder, empty at first. */
export function folderForAllTests(): string {
  const path = newPath()
  beforeAll(() => make(path))
  afterAll(() => remove(path))
  return path
}

const newPath = () => join(tmpdir(), `holdfast-${randomUUID()}`)
const make = (path: string) => mkdirSync(path, { mode: 0o700 })
const remove = (path: string) => rmSync(path, { recursive: true, force: true })
