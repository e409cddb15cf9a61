// A message as mail: RFC 5322 headers and a body that every mail system passes on unharmed.

import { encode, wrap } from 'nodemailer/lib/qp'
import { asciiLine } from '../../documents/clean-text.ts'
import type { ComposedMessage } from '../../notify/compose-message.ts'

export interface MailEnvelope {
  readonly from: string
  readonly to: readonly string[]
}

/**
 * The mail with lines that end with "\n"; whoever sends it over SMTP makes them "\r\n".
 *
 * Every header is one that this function writes: addresses come from a checked config, and all
 * else is reduced to one line of ASCII.
 */
export function mailText(message: ComposedMessage, envelope: MailEnvelope): string {
  const host = asciiLine(message.server, 64).replace(/[^A-Za-z0-9._-]/g, '-')
  const plain = isPlain(message.body)
  const headers = [
    header('From', `"holdfast on ${host}" <${envelope.from}>`),
    header('To', envelope.to.join(', ')),
    header('Subject', message.subject),
    header('Date', dateText(message.wallMs)),
    header('Message-ID', `<${message.id}@${host}>`),
    header('Auto-Submitted', 'auto-generated'),
    header('X-Holdfast-State', message.state),
    header('X-Holdfast-Planned', message.planned ? 'yes' : 'no'),
    header('X-Holdfast-Repeated', message.possiblyRepeated ? 'possibly' : 'no'),
    header('MIME-Version', '1.0'),
    header('Content-Type', 'text/plain; charset=utf-8'),
    header('Content-Transfer-Encoding', plain ? '7bit' : 'quoted-printable'),
  ]
  const body = plain ? message.body : quotedPrintable(message.body)
  return `${headers.join('\n')}\n\n${body}`
}

/** RFC 5322 section 2.1.1: lines should not be longer. */
const WIDEST = 78

/** Folded at spaces, each further line indented (RFC 5322 section 2.2.3). */
function header(name: string, value: string): string {
  const lines: string[] = []
  let line = `${name}:`
  for (const word of asciiLine(value, 50_000).split(' ').filter(Boolean)) {
    if (line.length + 1 + word.length > WIDEST && line !== `${name}:`) {
      lines.push(line)
      line = ''
    }
    line += ` ${word}`
  }
  return [...lines, line].join('\n')
}

/** "Sat, 21 Nov 2026 03:12:45 +0000" (RFC 5322 section 3.3). */
function dateText(wallMs: number): string {
  return new Date(wallMs).toUTCString().replace('GMT', '+0000')
}

/** RFC 5322 section 2.1.1 allows 998 characters a line. */
function isPlain(body: string): boolean {
  return /^[\n\x20-\x7e]*$/.test(body) && body.split('\n').every((line) => line.length <= 998)
}

/** RFC 2045 section 6.7: lines of at most 76 characters, all others escaped. */
function quotedPrintable(body: string): string {
  return wrap(encode(body), 76).replaceAll('\r\n', '\n')
}
