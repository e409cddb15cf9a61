// The web server on real sockets: what it answers, whom it turns away, and that nobody can hold it up.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createConnection, type Socket } from 'node:net'
import { webServer } from '../../src/adapters/web-server.ts'
import { freePort, talk } from './web-server/talk.ts'

let close = () => {}
let port = 0
const LARGE = 'x'.repeat(500_000)

async function answer(path: string) {
  if (path === '/large') return { type: 'text/plain', body: LARGE }
  if (path === '/bug') throw new Error('a bug')
  if (path === '/policed') return { type: 'text/html', body: 'é', policy: "default-src 'self'" }
  return path === '/' ? { type: 'text/plain', body: 'hello\n' } : null
}

beforeAll(async () => {
  port = await freePort()
  const opened = await webServer.listen({ address: '127.0.0.1', port }, answer)
  if (!opened.ok) throw new Error(opened.error)
  close = opened.value
})

afterAll(() => close())

const get = (path: string, host = 'localhost') =>
  talk(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)

describe('what is answered', () => {
  test('GET, with headers that keep it where it is', async () => {
    const { status, head, body } = await get('/?a=b')
    expect([status, body]).toEqual([200, 'hello\n'])
    expect(head).toContain('Content-Length: 6\r\n')
    expect(head).toContain('Connection: close\r\n')
    expect(head).toContain(
      "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
    )
    expect(head).toContain('X-Content-Type-Options: nosniff')
  })

  test('HEAD says how long the body would be', async () => {
    const { head, body } = await talk(port, 'HEAD /large HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(head).toContain(`Content-Length: ${LARGE.length}\r\n`)
    expect(body).toBe('')
  })

  test('a long answer arrives whole, and lengths are of bytes', async () => {
    expect((await get('/large')).body).toBe(LARGE)
    const policed = await get('/policed')
    expect(policed.head).toContain('Content-Length: 2\r\n')
    expect(policed.head).toContain("Content-Security-Policy: default-src 'self'\r\n")
  })

  test('a request in pieces, and a client that closes its side at once', async () => {
    const pieces = ['GET / HT', 'TP/1.1\r\nHo', 'st: [::1]:80\r\n', '\r', '\n']
    expect((await talk(port, ...pieces)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
  })
})

describe('who is turned away', () => {
  const request = (first: string, ...fields: string[]) =>
    `${[first, ...fields].join('\r\n')}\r\n\r\n`

  test.each([
    [
      'a name that somebody made to lead here',
      request('GET / HTTP/1.1', 'Host: evil.example'),
      403,
    ],
    [
      'a name that only begins well',
      request('GET / HTTP/1.1', 'Host: localhost.evil.example'),
      403,
    ],
    ['an address of another host', request('GET / HTTP/1.1', 'Host: 192.0.2.1:10853'), 403],
    ['no name', request('GET / HTTP/1.1'), 400],
    ['two names', request('GET / HTTP/1.1', 'Host: localhost', 'host: localhost'), 400],
    ['other methods', request('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 0'), 405],
    ['a later HTTP', request('GET / HTTP/2.0', 'Host: localhost'), 505],
    ['what is no HTTP', request('\u0016\u0003\u0001 hello'), 400],
    ['a whole URL', request('GET http://localhost/ HTTP/1.1', 'Host: localhost'), 400],
    ['paths with a space', request('GET /a b HTTP/1.1', 'Host: localhost'), 400],
    ['paths that are not there', request('GET /etc/passwd HTTP/1.1', 'Host: localhost'), 404],
    ['paths upwards', request('GET /../../etc/passwd HTTP/1.1', 'Host: localhost'), 404],
    ['a head too large', request('GET / HTTP/1.1', `Cookie: ${'a'.repeat(9000)}`), 431],
    ['a head without an end', 'a'.repeat(20_000), 431],
  ])('%s', async (_, text, status) => {
    const reply = await talk(port, text)
    expect(reply.status).toBe(status)
    expect(reply.body).toStartWith(`${status} `)
  })

  test.each([
    'localhost',
    'LOCALHOST:10853',
    '127.0.0.1',
    '127.0.0.1:1',
    '[::1]:10853',
    'localhost.',
  ])('not %s', async (host) => {
    expect((await get('/', host)).status).toBe(200)
  })

  test('a bug in what answers ends in an answer too', async () => {
    const { status, body } = await get('/bug')
    expect([status, body]).toEqual([500, '500 Internal Server Error\n'])
  })
})

describe('who would hold it up', () => {
  /** Connections that say nothing, and how many of them have been ended. */
  async function idle(count: number) {
    const sockets: Socket[] = []
    let ended = 0
    for (let index = 0; index < count; index++) {
      const socket = createConnection(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.on('close', () => ended++)
      await new Promise((resolve) => socket.once('connect', resolve))
      sockets.push(socket)
    }
    return { sockets, ended: () => ended }
  }

  test('idle connections lock nobody out: the oldest goes', async () => {
    // Whoever came before in this second counts as well.
    await Bun.sleep(1100)
    const { sockets, ended } = await idle(20)
    expect((await get('/')).status).toBe(200)
    expect(ended()).toBeGreaterThanOrEqual(4)
    expect(ended()).toBeLessThan(20)
    for (const socket of sockets) socket.destroy()
  })

  test('one that never finishes its request is ended', async () => {
    const startMs = performance.now()
    const { status } = await talk(port, 'GET / HTTP/1.1\r\n')
    expect(status).toBe(0)
    expect(performance.now() - startMs).toBeLessThan(15_000)
  }, 20_000)

  test('a flood is turned away, and the next second is as good as any', async () => {
    const replies = await Promise.all(Array.from({ length: 200 }, () => get('/')))
    const answered = replies.filter(({ status }) => status === 200).length
    expect(answered).toBeLessThan(150)
    await Bun.sleep(1100)
    expect((await get('/')).status).toBe(200)
  })
})

describe('listening', () => {
  test('a port that is taken is a sentence, and ends nobody', async () => {
    const again = await webServer.listen({ address: '127.0.0.1', port }, answer)
    expect(again).toEqual({
      ok: false,
      error: `cannot listen at 127.0.0.1:${port}: another program has the port; see "ss -ltnp sport = :${port}"`,
    })
  })

  test('an address that is not there, too', async () => {
    const nowhere = await webServer.listen({ address: '192.0.2.1', port }, answer)
    expect(nowhere).toMatchObject({ ok: false })
    expect(nowhere.ok ? '' : nowhere.error).toMatch(/no interface has the address|cannot listen/)
  })

  test('ends with its connections, and the port is free again', async () => {
    const other = await freePort()
    const opened = await webServer.listen({ address: '::1', port: other }, answer)
    if (!opened.ok) throw new Error(opened.error)
    const socket = createConnection(other, '::1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    opened.value()
    await closed
    const again = await webServer.listen({ address: '::1', port: other }, answer)
    expect(again.ok).toBe(true)
    if (again.ok) again.value()
  })
})
