// What must hold of one real server on one balancer, at every moment. Pure.
import type { Backend } from '../../../src/config/balancer-backends.ts'
import { type BackendStatus, hasCause } from '../../../src/documents/status-document.ts'
import { REPAIR_MS } from './balancers-bounds.ts'
import {
  checkClimb,
  checkWritten,
  complaintOf,
  isAwake,
  lookAtOrder,
  lookAtServer,
  lookAtTable,
  type MemberContext,
  newMemberState,
} from './member-rules.ts'

export interface Member {
  readonly backend: Backend
  /** Its file has been there for long enough to count, whatever it holds. */
  isPublished(): boolean
  answered(endpoint: string): void
  /** The file was written, or is gone. */
  written(weight: number | null, byDaemon: boolean): void
  /** What its faults were counts no more. */
  recovered(): void
  /** Looks at everything that a moment can show. */
  look(): void
  /** Compares what is published with what the daemon thinks; `isFailOpen` where the rule of the pool says so. */
  compare(status: BackendStatus, isFailOpen: boolean): void
}

export function createMember(backend: Backend, context: MemberContext): Member {
  const member = newMemberState(backend, context)
  return {
    backend,
    isPublished: () =>
      member.file !== null && member.nowMs() - member.presentSinceMs > member.appliedMs,
    answered(endpoint) {
      if (member.answers.life !== member.balancer.machine.life()) member.answers.endpoints.clear()
      member.answers.life = member.balancer.machine.life()
      member.answers.endpoints.add(endpoint)
    },
    written(weight, byDaemon) {
      if (member.file === null) member.presentSinceMs = member.nowMs()
      member.file = weight
      member.fileSinceMs = member.nowMs()
      if (byDaemon && weight === null)
        member.report('file-missing', `the daemon removes that of ${member.who}`)
      if (byDaemon && weight !== null) {
        member.isKnown = true
        checkWritten(member, weight)
        checkClimb(member, weight)
      }
      // Its host is off: what it knew is gone.
      if (weight === null && member.nowMs() < member.balancer.until.power) {
        member.isKnown = false
        member.last = null
      }
    },
    recovered() {
      member.failsSinceMs = null
    },
    look() {
      lookAtTable(member)
      lookAtServer(member)
      lookAtOrder(member)
      // What this daemon has not written it has not judged yet.
      if (
        member.file !== null ||
        member.last?.life !== member.balancer.machine.life() ||
        !isAwake(member)
      )
        return
      if (member.nowMs() - member.fileSinceMs > REPAIR_MS)
        member.report('file-missing', `the file of ${member.who} is missing`)
    },
    compare(status, isFailOpen) {
      if (member.file === null || !isAwake(member) || status.weight === null) return
      // Since a drain ended, or this process was stopped: until it is judged it keeps what it had.
      const isUnjudged = hasCause(status, 'starting')
      if (isUnjudged && (member.file === 0 || member.file === member.last?.weight)) return
      const wrong = complaintOf(status, member.file, isFailOpen, backend.server.weight)
      if (wrong !== null)
        member.report('weight-belies-state', `${member.who} is ${status.state}: ${wrong}`)
    },
  }
}
