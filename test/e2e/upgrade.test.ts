// Upgrades under load, and what is broken: the service goes on.

import { broken } from './parts/broken.ts'
import { upgrade } from './parts/upgrade.ts'
import { onSoundServers } from './sound.ts'

onSoundServers({ upgrade, broken })
