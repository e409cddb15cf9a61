// The VRRP model against keepalived, version 3 with an advert every 0.3 s: a tenth is within what a busy computer is late.
import { HISTORY } from './history.ts'
import { modelTest } from './model-comparison.ts'

modelTest({ vrrp: { version: 3, advertMs: 300 }, history: HISTORY })
