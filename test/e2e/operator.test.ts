// Drains by hand, and a server that comes and goes.
import { NEWCOMER, SERVERS } from './hosts.ts'
import { operator } from './parts/operator.ts'
import { onSoundServers } from './sound.ts'

onSoundServers({ operator }, { names: [...SERVERS, NEWCOMER] })
