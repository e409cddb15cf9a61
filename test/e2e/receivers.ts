// A chat room's webhook and a mail server that wants a password, both with TLS. Prints who came with what.
import { readFileSync } from 'node:fs'
import { createServer as createWebServer } from 'node:https'
import { createInterface } from 'node:readline'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'

const WEBHOOK_PORT = 8443
const SMTPS_PORT = 465

const [cert = '', key = ''] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'))
const say = (line: string) => process.stdout.write(`${line}\n`)

/** A daemon that is killed resets its connections; readline passes that on as an error of its own. */
const ignore = () => {}

const chat = createWebServer({ cert, key }, (request, response) => {
  say(`chat ${request.headers.authorization}`)
  request.on('error', ignore)
  request.resume().once('end', () => response.end())
})

/** As much of SMTP (RFC 5321, RFC 4954) as one sender needs. */
const relay = createTlsServer({ cert, key }, (socket: TLSSocket) => {
  const answer = (text: string) => socket.write(`${text}\r\n`)
  let isMail = false
  socket.on('error', ignore)
  const lines = createInterface({ input: socket }).on('error', ignore)
  lines.on('line', (line) => {
    if (isMail) {
      isMail = line !== '.'
      if (!isMail) answer('250 taken')
      return
    }
    const [verb = '', ...words] = line.split(' ')
    switch (verb.toUpperCase()) {
      case 'EHLO':
        return answer('250-relay\r\n250 AUTH PLAIN')
      case 'AUTH': {
        const [, user, password] = Buffer.from(words[1] ?? '', 'base64')
          .toString()
          .split('\0')
        say(`relay ${user} ${password}`)
        return answer('235 welcome')
      }
      case 'DATA':
        isMail = true
        return answer('354 go on')
      case 'QUIT':
        return socket.end('221 bye\r\n')
      default:
        return answer('250 well')
    }
  })
  answer('220 relay')
})

await new Promise<void>((resolve) => chat.listen(WEBHOOK_PORT, resolve))
await new Promise<void>((resolve) => relay.listen(SMTPS_PORT, resolve))
say('ready')
