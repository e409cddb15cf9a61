// Delivers one made-up message by the channel that is given as JSON, and prints how that ended.
import { deliver } from '../../src/adapters/deliver.ts'
import { MESSAGE } from '../adapters/deliver/message.ts'

const channel = JSON.parse(process.argv.at(-1) ?? '')
console.log(JSON.stringify(await deliver(channel, MESSAGE)))
