// The VRRP model against keepalived, version 3 with ten adverts a second.
import { HISTORY } from './history.ts'
import { modelTest } from './model-comparison.ts'

modelTest({ vrrp: { version: 3, advertMs: 100 }, history: HISTORY })
