// A worker with a resolver that answers over UDP, 40 ms late; posts its port when it listens.
import { goodAnswer, startFakeResolver } from './fake-resolver.ts'

const resolver = await startFakeResolver('127.0.0.1', {
  udp: ({ bytes, reply }) => setTimeout(() => reply(goodAnswer(bytes)), 40),
})
postMessage(resolver.port)
