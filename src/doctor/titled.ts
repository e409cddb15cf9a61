// Titles with the paths of this host. Pure.
import type { DoctorCheck } from './doctor-check.ts'
import { foldersOf } from './facts/loaded-config.ts'
import type { Host } from './host.ts'

const PLACE = /\b(RUN|STATE)_DIR\b/g

/** A title says RUN_DIR and STATE_DIR; a result names the directories that are in use here. */
export async function titleOn(host: Host, { title }: Pick<DoctorCheck, 'title'>): Promise<string> {
  if (title.search(PLACE) === -1) return title
  const { runDir, stateDir } = await foldersOf(host)
  return title.replace(PLACE, (_, name) => (name === 'RUN' ? runDir : stateDir))
}
