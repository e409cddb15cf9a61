// The VRRP model against keepalived, version 2 with an advert a second; all of it where time is no matter.
import { HISTORY, SHORT_HISTORY } from './history.ts'
import { modelTest } from './model-comparison.ts'

const history = process.env.HOLDFAST_LONG === '1' ? HISTORY : SHORT_HISTORY

modelTest({ vrrp: { version: 2, advertMs: 1000 }, history })
