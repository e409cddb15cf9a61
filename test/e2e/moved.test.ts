// From the executable to the package and back.
import { moved } from './parts/moved.ts'
import { onSoundServers } from './sound.ts'

onSoundServers({ moved })
