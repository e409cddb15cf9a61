// Headless Chromium, driven over the DevTools protocol by a pipe, which works across network namespaces.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** Null where there is Chromium, else the reason in a sentence. */
export const whyNoChromium: string | null =
  Bun.which('chromium') === null ? 'there is no chromium here (Debian package chromium)' : null

export interface Screen {
  readonly width: number
  readonly height: number
  readonly dark: boolean
  readonly isPhone: boolean
}

export interface Tab {
  open(url: string): Promise<void>
  /** The value of an expression in the page; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>
  show(screen: Screen): Promise<void>
  /** What is on the screen, as a PNG. */
  picture(): Promise<Buffer>
  /** Errors, warnings and breaches of the policy that the browser has told of. */
  readonly complaints: string[]
  /** Every URL that it has asked for. */
  readonly requests: readonly string[]
}

export interface Browser extends AsyncDisposable {
  readonly tab: Tab
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/** @param inside the command that runs a program where the page is, such as `nsenter … --`; here when left out */
export async function startBrowser(inside: readonly string[] = []): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'holdfast-chromium-'))
  const command = [
    ...inside,
    'chromium',
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--hide-scrollbars',
    '--force-color-profile=srgb',
    `--user-data-dir=${profile}`,
    '--remote-debugging-pipe',
  ]
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const call = connect(child)
  const tab = await openTab(call)
  return {
    tab,
    async [Symbol.asyncDispose]() {
      await call.send('Browser.close', {}).catch(() => {})
      await Promise.race([exited, Bun.sleep(3000)])
      child.kill('SIGKILL')
      await exited
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

interface Call {
  send(
    method: string,
    params: Record<string, unknown>,
    sessionId?: string,
  ): Promise<Record<string, unknown>>
  onEvent(listen: (method: string, params: Record<string, unknown>) => void): void
}

/** Messages are JSON, each with a NUL after it. */
function connect(child: ChildProcess): Call {
  const toBrowser = child.stdio[3] as Writable
  const fromBrowser = child.stdio[4] as Readable
  const waiting = new Map<number, (message: Message) => void>()
  const listeners: ((method: string, params: Record<string, unknown>) => void)[] = []
  let rest = ''
  let lastId = 0
  toBrowser.on('error', () => {})
  fromBrowser.setEncoding('utf8')
  fromBrowser.on('data', (text: string) => {
    const parts = (rest + text).split('\0')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const message = JSON.parse(part) as Message
      if (message.id !== undefined) waiting.get(message.id)?.(message)
      else for (const listen of listeners) listen(message.method ?? '', message.params ?? {})
    }
  })
  return {
    send: (method, params, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id)
          if (error === undefined) resolve(result ?? {})
          else reject(new Error(`${method}: ${error.message}`))
        })
        toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      }),
    onEvent: (listen) => listeners.push(listen),
  }
}

async function openTab(call: Call): Promise<Tab> {
  const { targetId } = await call.send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await call.send('Target.attachToTarget', { targetId, flatten: true })
  const send = (method: string, params: Record<string, unknown> = {}) =>
    call.send(method, params, sessionId as string)
  const complaints: string[] = []
  const requests: string[] = []
  let loaded = () => {}
  call.onEvent((method, params) => {
    if (method === 'Page.loadEventFired') loaded()
    else if (method === 'Log.entryAdded') complaints.push(JSON.stringify(params.entry))
    else if (method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params))
    else if (method === 'Runtime.consoleAPICalled') complaints.push(JSON.stringify(params.args))
    else if (method === 'Audits.issueAdded') complaints.push(JSON.stringify(params.issue))
    else if (method === 'Network.requestWillBeSent')
      requests.push((params.request as { url: string }).url)
  })
  for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Audits'])
    await send(`${domain}.enable`)
  return {
    complaints,
    requests,
    async open(url) {
      const done = new Promise<void>((resolve) => {
        loaded = resolve
      })
      await send('Page.navigate', { url })
      await done
    },
    async evaluate<T>(expression: string) {
      const params = { expression, awaitPromise: true, returnByValue: true }
      const { result, exceptionDetails } = await send('Runtime.evaluate', params)
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
      return (result as { value: T }).value
    },
    async show({ width, height, dark, isPhone }) {
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: isPhone,
      })
      const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]
      await send('Emulation.setEmulatedMedia', { features })
    },
    async picture() {
      const { data } = await send('Page.captureScreenshot', { format: 'png' })
      return Buffer.from(data as string, 'base64')
    },
  }
}
