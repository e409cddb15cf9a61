// Delivery by programs and webhooks: real programs, real HTTP servers, and every way to fail.
import { afterEach, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import { mailText } from '../../src/adapters/deliver/mail.ts'
import { deliver } from '../../src/adapters/deliver.ts'
import type { ChannelConfig } from '../../src/config/notify-table.ts'
import { MAIL } from '../notify/notify-fixtures.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'
import { makeCertificate } from './deliver/certificate.ts'
import { MESSAGE } from './deliver/message.ts'

const DELIVER = join(import.meta.dir, '../mail/deliver-program.ts')

const folder = folderForEachTest()

/** A program that a shell script is, with this folder for its first argument. */
function program(script: string): string[] {
  const path = join(folder, 'program')
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return [path, folder]
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const base = (({ from: _f, to: _t, command: _c, type: _y, ...rest }) => rest)(
  MAIL as Extract<ChannelConfig, { type: 'sendmail' }>,
)

describe('a command', () => {
  const run = (command: readonly string[], timeoutMs = 10_000) =>
    deliver({ ...base, type: 'command', command, timeoutMs }, MESSAGE)

  test('has the message in its environment and on standard input, and no shell in between', async () => {
    const command = [...program('cat >"$1/stdin"; env >"$1/env"; printf "%s|" "$@" >"$1/args"')]
    const words = ['$(reboot)', 'two words', '; touch /tmp/x', '']
    expect(await run([...command, ...words])).toEqual({ ok: true })
    expect(JSON.parse(read('stdin'))).toMatchObject({
      subject: MESSAGE.subject,
      text: MESSAGE.body,
    })
    expect(read('args')).toBe(`${folder}|${words.join('|')}|`)
    const environment = read('env').split('\n')
    expect(environment).toContain('HOLDFAST_STATE=FAULT')
    expect(environment).toContain('HOLDFAST_INSTANCES=recdns0')
    const ours = environment.filter(
      (line) => !/^(HOLDFAST_[A-Z_]+|PATH|LANG|PWD|SHLVL|_|OLDPWD)=/.test(line),
    )
    expect(ours).toEqual([''])
  })

  test('may leave standard input unread, and children behind', async () => {
    const script = 'exec <&-; sleep 60 & echo $! >"$1/child"'
    expect(await run(program(script))).toEqual({ ok: true })
    process.kill(Number(read('child')), 'SIGKILL')
  })

  test.each([
    ['exit 3', 'ended with exit code 3', false],
    ['echo "no \u001b[31mway" >&2; echo more; exit 75', 'exit code 75: no ?[31mway', false],
    ['kill -SEGV $$', 'ended with SIGSEGV', true],
  ])('that fails says how: %s', async (script, error, maybeDelivered) => {
    const outcome = await run(program(script))
    expect(outcome).toEqual({ ok: false, error: expect.stringContaining(error), maybeDelivered })
  })

  test('that hangs is ended with all its children', async () => {
    const outcome = await run(program('sleep 1000 & echo $! >"$1/child"; wait'), 1000)
    const error = expect.stringContaining('timed out after 1 s')
    expect(outcome).toEqual({ ok: false, error, maybeDelivered: true })
    const child = spawnSync('ps', ['-o', 'stat=', '-p', read('child').trim()], { encoding: 'utf8' })
    expect(child.stdout.trim()).toMatch(/^(Z.*)?$/)
  })

  test('that is not there, or may not be run, says so', async () => {
    expect(await run([join(folder, 'none')])).toMatchObject({
      error: expect.stringContaining('no such program'),
      maybeDelivered: false,
    })
    writeFileSync(join(folder, 'text'), '')
    expect(await run([join(folder, 'text')])).toMatchObject({ ok: false, maybeDelivered: false })
  })
})

test('sendmail is given the mail, and nothing of it in its arguments', async () => {
  const command = program('shift; printf "%s|" "$@" >"$0.args"; cat >"$0.mail"')
  const channel = { ...MAIL, command: [...command, '-t', '-oi'] } as ChannelConfig
  expect(await deliver(channel, MESSAGE)).toEqual({ ok: true })
  expect(read('program.args')).toBe('-t|-oi|')
  expect(read('program.mail')).toBe(mailText(MESSAGE, { from: 'holdfast', to: ['root'] }))
})

describe('a webhook', () => {
  interface Heard {
    readonly method: string | undefined
    readonly url: string | undefined
    readonly headers: IncomingMessage['headers']
    readonly body: string
  }
  const heard: Heard[] = []
  const servers: Server[] = []
  afterEach(() => {
    heard.length = 0
    for (const server of servers.splice(0)) server.close()
  })

  async function listen(server: Server): Promise<number> {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }

  function answering(respond: (response: ServerResponse) => void) {
    return async (request: IncomingMessage, response: ServerResponse) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const { method, url, headers } = request
      heard.push({ method, url, headers, body })
      respond(response)
    }
  }

  const post = (
    url: string,
    options: { tokenFile?: string; caFile?: string } = {},
    timeoutMs = 10_000,
  ) => {
    const { tokenFile = null, caFile = null } = options
    return deliver({ ...base, type: 'webhook', url, timeoutMs, tokenFile, caFile }, MESSAGE)
  }

  test('is posted the document', async () => {
    const port = await listen(createServer(answering((response) => response.writeHead(204).end())))
    expect(await post(`http://127.0.0.1:${port}/hook?room=dns`)).toEqual({ ok: true })
    const [{ method, url, headers, body } = {} as Heard] = heard
    expect([method, url]).toEqual(['POST', '/hook?room=dns'])
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'holdfast' })
    expect(headers.authorization).toBeUndefined()
    expect(JSON.parse(body)).toMatchObject({
      format: 1,
      id: MESSAGE.id,
      state: 'FAULT',
      possibly_repeated: false,
      events: [{ name: 'recdns0', state: 'FAULT', kind: 'fault', priority: 250 }],
    })
  })

  test('over TLS is believed by its certificate, and given the token', async () => {
    const certificate = makeCertificate(folder, '127.0.0.1')
    const tls = { key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) }
    const port = await listen(
      createTlsServer(
        tls,
        answering((response) => response.end('ok')),
      ),
    )
    const url = `https://127.0.0.1:${port}/`
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 's3cret\n', { mode: 0o600 })
    expect(await post(url, { tokenFile })).toMatchObject({ ok: false, maybeDelivered: false })
    expect(heard).toEqual([])
    expect(await post(url, { tokenFile, caFile: certificate.cert })).toEqual({ ok: true })
    expect(heard[0]?.headers.authorization).toBe('Bearer s3cret')
  })

  test('is not believed because the environment says to believe anybody', async () => {
    const { cert, key } = makeCertificate(folder, '127.0.0.1')
    const tls = { key: readFileSync(key), cert: readFileSync(cert) }
    const port = await listen(
      createTlsServer(
        tls,
        answering((response) => response.end('ok')),
      ),
    )
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 's3cret\n', { mode: 0o600 })
    const url = `https://127.0.0.1:${port}/`
    const channel = { ...base, type: 'webhook', url, timeoutMs: 10_000, tokenFile, caFile: null }
    const child = Bun.spawn([process.execPath, DELIVER, JSON.stringify(channel)], {
      env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      // The runtime warns of it.
      stderr: 'ignore',
    })
    const said = await new Response(child.stdout).text()
    expect(JSON.parse(said)).toMatchObject({ ok: false, maybeDelivered: false })
    expect(heard).toEqual([])
  })

  test.each([
    [404, false],
    [301, false],
    [503, true],
  ])('that answers %d has failed', async (status, maybeDelivered) => {
    const respond = (response: ServerResponse) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('go \u001b away\nplease')
    const port = await listen(createServer(answering(respond)))
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({
      ok: false,
      error: `webhook 127.0.0.1:${port}: HTTP ${status}: go ? away?please`,
      maybeDelivered,
    })
    expect(heard).toHaveLength(1)
  })

  test('that echoes the token does not bring it into an error', async () => {
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 's3cret', { mode: 0o640 })
    const respond = (response: ServerResponse) =>
      response.writeHead(401).end(`bad token s3cret (${Buffer.from('s3cret').toString('base64')})`)
    const port = await listen(createServer(answering(respond)))
    expect(await post(`http://127.0.0.1:${port}/`, { tokenFile })).toMatchObject({
      error: expect.stringMatching(/bad token \*\*\* \(\*\*\*\)$/),
    })
  })

  test('that says nothing, or hangs up, may have heard it all the same', async () => {
    const port = await listen(createServer(answering(() => {})))
    expect(await post(`http://127.0.0.1:${port}/`, {}, 1000)).toEqual({
      ok: false,
      error: expect.stringContaining('timed out after 1 s'),
      maybeDelivered: true,
    })
    const rude = await listen(
      createTcpServer((socket) => socket.once('data', () => socket.destroy())),
    )
    expect(await post(`http://127.0.0.1:${rude}/`)).toMatchObject({
      ok: false,
      maybeDelivered: true,
    })
  })

  test('that nobody serves has heard nothing', async () => {
    const port = await listen(createTcpServer())
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      ok: false,
      maybeDelivered: false,
    })
  })

  test.each([
    ['missing', () => {}, 'no such file'],
    ['for all to read', (path: string) => writeFileSync(path, 'x', { mode: 0o644 }), 'chmod o='],
    ['two lines', (path: string) => writeFileSync(path, 'x\nY: z', { mode: 0o600 }), 'one line'],
    ['empty', (path: string) => writeFileSync(path, '\n', { mode: 0o600 }), 'one line'],
  ])('is not tried with a token that is %s', async (_, make, why) => {
    const tokenFile = join(folder, 'token')
    make(tokenFile)
    const outcome = await post('http://127.0.0.1:9/', { tokenFile })
    const error = expect.stringContaining(why)
    expect(outcome).toEqual({ ok: false, error, maybeDelivered: false })
  })

  test('a token that was replaced counts from the next attempt', async () => {
    const port = await listen(createServer(answering((response) => response.end())))
    const tokenFile = join(folder, 'token')
    for (const token of ['one', 'two']) {
      writeFileSync(tokenFile, token)
      chmodSync(tokenFile, 0o600)
      await post(`http://127.0.0.1:${port}/`, { tokenFile })
    }
    expect(heard.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two'])
  })
})
