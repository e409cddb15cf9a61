// Draws docs/pictures/failover.svg from the run in failover.json, which --record replaces first.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { whyNoLab } from '../../test/lab/environment.ts'
import { type Failover, failoverPicture } from './failover.ts'
import { recordFailover } from './record.ts'

const FOLDER = resolve(import.meta.dir, '../../docs/pictures')
const RUN = join(FOLDER, 'failover.json')

if (process.argv[2] === '--record') {
  const obstacle = whyNoLab()
  if (obstacle !== null) {
    console.error(`build/pictures: ${obstacle}`)
    process.exit(1)
  }
  writeFileSync(RUN, `${JSON.stringify(await recordFailover(), null, 2)}\n`)
}
const run = JSON.parse(readFileSync(RUN, 'utf8')) as Failover
writeFileSync(join(FOLDER, 'failover.svg'), failoverPicture(run))
process.exit(0)
