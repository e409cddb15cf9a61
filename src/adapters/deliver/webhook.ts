// The webhook channel: one POST of a JSON document, and a 2xx for an answer.

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { WebhookChannel } from '../../config/notify-table.ts'
import { cleanLine } from '../../documents/clean-text.ts'
import {
  type ComposedMessage,
  messageDocument,
  type SendOutcome,
} from '../../notify/compose-message.ts'
import { readCertificates, readSecret, withoutSecret } from './secret.ts'

const MAX_ANSWER = 300

/** Redirects are not followed: a token would travel to whoever asks for it. */
export async function deliverByWebhook(
  channel: WebhookChannel,
  message: ComposedMessage,
): Promise<SendOutcome> {
  const token = channel.tokenFile === null ? null : readSecret(channel.tokenFile)
  if (token?.ok === false) return refused(token.error)
  const certificates = readCertificates(channel.caFile)
  if (!certificates.ok) return refused(certificates.error)
  const secret = token?.value ?? ''
  const outcome = await post(channel, messageDocument(message), secret, certificates.value)
  return outcome.ok ? outcome : { ...outcome, error: withoutSecret(outcome.error, secret) }
}

function refused(error: string): SendOutcome {
  return { ok: false, error, maybeDelivered: false }
}

function post(
  channel: WebhookChannel,
  document: string,
  token: string,
  ca: string | undefined,
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    const url = new URL(channel.url)
    const where = `webhook ${url.host}`
    const body = Buffer.from(document)
    const options: RequestOptions & { ca?: string; rejectUnauthorized: boolean } = {
      method: 'POST',
      agent: false,
      // Said outright: the environment must not say otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
      rejectUnauthorized: true,
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        'user-agent': 'holdfast',
        connection: 'close',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(ca === undefined ? {} : { ca }),
    }
    const call = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options)
    const finish = (outcome: SendOutcome) => {
      clearTimeout(timer)
      resolve(outcome)
      call.destroy()
    }
    const fail = (why: string, maybeDelivered: boolean) =>
      finish({ ok: false, error: `${where}: ${cleanLine(why, 300)}`, maybeDelivered })
    const timer = setTimeout(
      () => fail(`timed out after ${Math.round(channel.timeoutMs / 1000)} s`, true),
      channel.timeoutMs,
    )
    call.on('error', (error: NodeJS.ErrnoException) => fail(error.message, !isUnsent(error)))
    call.once('response', (response) => void answer(response, where).then(finish))
    call.end(body)
  })
}

/** Errors that come before anything was sent: no route, no name, no listener, no trust. */
function isUnsent({ code = '' }: NodeJS.ErrnoException): boolean {
  const codes = ['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENOTFOUND']
  return codes.includes(code) || /^EAI_|CERT|^ERR_TLS|^UNABLE_TO_/.test(code)
}

async function answer(response: IncomingMessage, where: string): Promise<SendOutcome> {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return { ok: true }
  let said = ''
  response.setEncoding('utf8')
  try {
    for await (const chunk of response) {
      said += String(chunk)
      if (said.length > MAX_ANSWER) break
    }
  } catch {
    // The status has said it already.
  }
  const detail = cleanLine(said.trim(), MAX_ANSWER)
  const error = `${where}: HTTP ${status}${detail === '' ? '' : `: ${detail}`}`
  // A gateway in trouble may have passed it on; everybody else says what it did.
  return { ok: false, error, maybeDelivered: status >= 500 }
}
