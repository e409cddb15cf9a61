// In which tone a standing is shown, wherever it is.
import type { Standing } from '../core/standing.ts'
import type { Tone } from './screen/line.ts'

export const STANDING_TONE: Readonly<Record<Standing, Tone>> = {
  healthy: 'good',
  probation: 'doubtful',
  degraded: 'doubtful',
  drained: 'doubtful',
  failed: 'bad',
  isolated: 'bad',
}
