// Files that others read at paths that the operator chose, such as node_exporter's.
import type { Result } from '../ports.ts'
import { removeFile, writeAtomic } from './atomic-file.ts'

/** Whoever runs node_exporter reads them; what they say is soon old, so no disk need hold it. */
export const textfileCollector = {
  write: (path: string, text: string): Result<void> =>
    writeAtomic(path, text, { mode: 0o644, durable: false }),
  // It has gone already, or stays as somebody else's.
  remove: (path: string): void => void removeFile(path),
}
