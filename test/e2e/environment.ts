// Whether this computer can roll out to machines, and if not, what is missing.
import { whyNoMachines } from '../machines/environment.ts'

const PROGRAMS = ['ansible-playbook', 'ssh', 'ssh-keygen']

/** Null when a rollout can be tried here, else the reason in a sentence. */
export function whyNoRollout(): string | null {
  const obstacle = whyNoMachines()
  if (obstacle !== null) return obstacle
  const missing = PROGRAMS.filter((program) => Bun.which(program) === null)
  if (missing.length > 0) return `A rollout needs ${missing.join(', ')}: run build/setup.`
  return null
}
