// The SMTP channel: one connection a message, TLS unless the config says otherwise.
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpChannel } from '../../config/notify-table.ts'
import { asciiLine, cleanLine } from '../../documents/clean-text.ts'
import type { ComposedMessage, SendOutcome } from '../../notify/compose-message.ts'
import { readBounded } from '../atomic-file.ts'
import { type MailEnvelope, mailText } from './mail.ts'
import { readCertificates, readSecret, withoutSecret } from './secret.ts'

type SmtpError = Error & { readonly responseCode?: number | undefined }

/** What the server knows of the message when something goes wrong. */
type Stage = 'connecting' | 'logging in' | 'sending'

/** Sends the mail to all recipients in one transaction (RFC 5321 section 3.3). */
export async function deliverBySmtp(
  channel: SmtpChannel,
  message: ComposedMessage,
): Promise<SendOutcome> {
  const password = channel.login === null ? null : readSecret(channel.login.passwordFile)
  if (password?.ok === false) return refused(password.error)
  const certificates = readCertificates(channel.caFile)
  if (!certificates.ok) return refused(certificates.error)
  const secret = password?.value ?? ''
  const user = channel.login?.user ?? ''
  const outcome = await send(channel, message, secret, certificates.value)
  if (outcome.ok) return outcome
  const error = withoutSecret(outcome.error, secret, `\0${user}\0${secret}`)
  return { ...outcome, error }
}

function refused(error: string): SendOutcome {
  return { ok: false, error, maybeDelivered: false }
}

function send(
  channel: SmtpChannel,
  message: ComposedMessage,
  password: string,
  ca: string | undefined,
): Promise<SendOutcome> {
  const connection = connect(channel, message.server, ca)
  let stage: Stage = 'connecting'
  return new Promise((resolve) => {
    const finish = (outcome: SendOutcome) => {
      clearTimeout(timer)
      resolve(outcome)
      if (outcome.ok) connection.quit()
      else connection.close()
    }
    const fail = (error: SmtpError) => finish(failure(channel, stage, error))
    const timer = setTimeout(
      () => fail(new Error(`timed out after ${Math.round(channel.timeoutMs / 1000)} s`)),
      channel.timeoutMs,
    )
    connection.on('error', fail)
    const transmit = () => {
      stage = 'sending'
      const addresses = channel.isLocal ? qualified(channel, mailDomain()) : channel
      const text = mailText(message, addresses).replaceAll('\n', '\r\n')
      const { from, to } = addresses
      connection.send({ from, to: [...to], size: Buffer.byteLength(text) }, text, (error, info) => {
        if (error !== null && error !== undefined) fail(error)
        else finish(accepted(info?.rejected ?? []))
      })
    }
    connection.connect((error) => {
      if (error !== null && error !== undefined) return fail(error)
      if (channel.login === null) return transmit()
      stage = 'logging in'
      connection.login({ user: channel.login.user, pass: password }, (refusal) =>
        refusal === null || refusal === undefined ? transmit() : fail(refusal),
      )
    })
  })
}

/** The domain of this host's mail, as Debian's mail systems and programs have it (Policy 11.6). */
const MAILNAME = '/etc/mailname'
const MAX_MAILNAME = 300

function mailDomain(): string {
  const read = readBounded(MAILNAME, MAX_MAILNAME)
  const name = read.ok ? read.value.trim() : ''
  // Every mail system takes that for itself.
  return /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(name) ? name : 'localhost'
}

/** exim takes no address without a domain over SMTP (RFC 5321 section 2.3.11). */
function qualified({ from, to }: MailEnvelope, domain: string): MailEnvelope {
  const complete = (address: string) => (address.includes('@') ? address : `${address}@${domain}`)
  return { from: complete(from), to: to.map(complete) }
}

function connect(channel: SmtpChannel, server: string, ca: string | undefined): SMTPConnection {
  const { timeoutMs, security, tlsName } = channel
  return new SMTPConnection({
    host: channel.server,
    port: channel.port,
    name: asciiLine(server, 64),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    tls: {
      // Said outright: the environment must not say otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(tlsName === null ? {} : { servername: tlsName }),
      ...(ca === undefined ? {} : { ca }),
    },
  })
}

function accepted(rejected: readonly unknown[]): SendOutcome {
  if (rejected.length === 0) return { ok: true }
  return { ok: true, note: `the server refused the recipients ${rejected.join(', ')}` }
}

/** A reply of the server is its word; without one, a message under way may have arrived. */
function failure(channel: SmtpChannel, stage: Stage, error: SmtpError): SendOutcome {
  const why = cleanLine(error.message, 300)
  return {
    ok: false,
    error: `mail server ${channel.server} port ${channel.port}, ${stage}: ${why}`,
    maybeDelivered: stage === 'sending' && error.responseCode === undefined,
  }
}
