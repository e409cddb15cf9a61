// Runs that end early, parts of a run, and hosts that lose their power.
import { again } from './parts/again.ts'
import { power } from './parts/power.ts'
import { onSoundServers } from './sound.ts'

onSoundServers({ again, power })
