// Drains by hand, and a server that comes and goes.
import { operator } from './parts/operator.ts'
import { onSoundServers } from './sound.ts'

onSoundServers({ operator }, { newcomer: true })
