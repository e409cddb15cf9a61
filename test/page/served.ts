// The page as the endpoint serves it, of a status that a test makes up, in a browser.
import { webServer } from '../../src/adapters/web-server.ts'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import type { EndpointStrip } from '../../src/documents/tally-document.ts'
import { pageReply, pageStatus } from '../../src/runtime/monitoring.ts'
import { freePort } from '../adapters/web-server/talk.ts'

export interface Served extends Disposable {
  readonly url: string
  /** What is served from now on; null makes the server fail. */
  show(status: StatusDocument | null, strips?: readonly EndpointStrip[]): void
}

export async function servePage(): Promise<Served> {
  let shown: string | null = null
  const port = await freePort()
  const opened = await webServer.listen({ address: '127.0.0.1', port }, async (path) => {
    if (path === '/') return pageReply()
    if (path !== '/status.json') return null
    if (shown === null) throw new Error('as a test wants it')
    return { type: 'application/json', body: shown }
  })
  if (!opened.ok) throw new Error(opened.error)
  return {
    url: `http://127.0.0.1:${port}/`,
    show(status, strips = []) {
      shown = status === null ? null : pageStatus(status, strips)
    },
    [Symbol.dispose]: opened.value,
  }
}

/** Five minutes for every endpoint: all well, but one outage of those that `failed` names. */
export function stripsOf(
  { endpoints }: StatusDocument,
  failed: (endpoint: string) => boolean = () => false,
): EndpointStrip[] {
  return endpoints.map(({ endpoint }, index) => {
    const marks: string[] = Array.from({ length: 60 }, (_, step) =>
      (step * 7 + index * 5) % 41 === 0 ? '~' : '.',
    )
    if (failed(endpoint)) marks.fill('x', 38, 44)
    return { endpoint, strip: marks.join('') }
  })
}
