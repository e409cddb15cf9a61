// As much of HTTP/1.1 (RFC 9112) as a browser, a scraper and `curl` need: GET and HEAD, without a body.
import type { WebReply } from '../../ports.ts'

export interface Request {
  /** Without its query. */
  readonly path: string
  readonly isHead: boolean
}

export interface Reply extends WebReply {
  readonly status: number
  readonly isHead?: boolean
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  505: 'HTTP Version Not Supported',
}

const REMEDIES: Readonly<Record<number, string>> = {
  403: 'ask by a name or address of this host: localhost, 127.0.0.1 or [::1]',
  404: 'there are /, /metrics and /status.json',
  405: 'there are GET and HEAD',
}

/** The request of a head without the empty line at its end, or the status of what is wrong with it. */
export function readRequest(head: string): Request | number {
  const [first = '', ...fields] = head.split('\r\n')
  const words = /^([A-Z]+) (\/[\x21-\x7e]*) HTTP\/(\d)\.\d$/.exec(first)
  if (words === null) return 400
  const [, method, target = '', major] = words
  if (major !== '1') return 505
  if (method !== 'GET' && method !== 'HEAD') return 405
  const hosts = fields.filter((field) => /^host:/i.test(field))
  const [host = ''] = hosts
  if (hosts.length !== 1) return 400
  if (!isThisHost(host.slice('host:'.length).trim())) return 403
  return { path: target.split('?', 1)[0] ?? '/', isHead: method === 'HEAD' }
}

/**
 * A page from elsewhere whose name somebody made to lead here must not read what is said here: its
 * browser names that page's host (DNS rebinding).
 */
function isThisHost(host: string): boolean {
  return /^(localhost\.?|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host)
}

export function refusal(status: number): Reply {
  const remedy = REMEDIES[status]
  const words = `${status} ${REASONS[status] ?? ''}${remedy === undefined ? '' : `: ${remedy}`}`
  return { status, type: 'text/plain; charset=utf-8', body: `${words}\n` }
}

/** The whole answer; one to HEAD says how long the body would be, and has none. */
export function replyText({ status, type, body, policy, isHead }: Reply): string {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    'Cache-Control: no-store',
    `Content-Security-Policy: ${policy ?? "default-src 'none'; frame-ancestors 'none'"}`,
    'Cross-Origin-Resource-Policy: same-origin',
    'Referrer-Policy: no-referrer',
    'X-Content-Type-Options: nosniff',
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${isHead === true ? '' : body}`
}
