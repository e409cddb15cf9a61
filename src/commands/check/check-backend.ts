// `holdfast check --backend`: whether a load balancer's real server is in the pool.

import type { StatusFileReading } from '../../adapters/status-file.ts'
import type { Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { type BackendAnswer, backendAnswer } from '../../view/backend-answer.ts'

export function checkBackend(
  reading: StatusFileReading,
  name: string,
  json: boolean,
  io: Io,
): number {
  const answer: BackendAnswer =
    reading.kind === 'fresh'
      ? backendAnswer(reading.document, name)
      : { passes: false, why: `${reading.kind}: ${reading.why}`, weight: null }
  const { passes, why, weight } = answer
  io.out(json ? JSON.stringify({ passes, status: reading.kind, why, backend: name, weight }) : why)
  return passes ? EXIT.ok : EXIT.failed
}
