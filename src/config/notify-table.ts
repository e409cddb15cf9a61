// Who is notified of transitions, by what means, and how often: [notify] and its channels.
import { inToml, key, type Output, optional } from './key.ts'
import { type Reader, readNonEmpty, textAs } from './readers.ts'
import {
  boolean,
  choice,
  duration,
  integer,
  leaf,
  list,
  listOfDifferent,
  path,
  table,
  tableByName,
} from './schema-parts.ts'
import { bad, good, quoted } from './text/complaint.ts'
import { formatIp, parseIp } from './values/ip.ts'

/** What a transition amounts to, which is what a channel selects by. */
export const NOTIFY_EVENTS = [
  'master',
  'dead',
  'fault',
  'stop',
  'planned',
  'backup',
  'backend',
  'service',
] as const
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number]

export interface NotifyConfig extends Omit<NotifyTable, 'from' | 'to' | 'channels' | 'backends'> {
  /** Whether a load balancer reports on its real servers. */
  readonly backends: boolean
  /** None when the file has no [notify]: then events are logged and nothing is sent. */
  readonly channels: readonly ChannelConfig[]
}

export type ChannelConfig = SendmailChannel | SmtpChannel | WebhookChannel | CommandChannel

type ChannelBase = { readonly name: string } & Pick<
  ChannelTable,
  'events' | 'timeoutMs' | 'retryMinMs' | 'retryMaxMs' | 'giveUpMs'
>

interface MailAddresses {
  readonly from: string
  readonly to: readonly string[]
}

/** The local mail system's own program, whose queue needs neither DNS nor us. */
export interface SendmailChannel extends ChannelBase, MailAddresses {
  readonly type: 'sendmail'
  /** Program and arguments; it finds the recipients in the message. */
  readonly command: readonly string[]
}

export interface SmtpChannel extends ChannelBase, MailAddresses {
  readonly type: 'smtp'
  /** An address, since names need DNS. */
  readonly server: string
  readonly port: number
  readonly security: 'starttls' | 'tls' | 'none'
  /** The name that the server's certificate must have; null for its address. */
  readonly tlsName: string | null
  readonly caFile: string | null
  /** Null where the server asks for no password. */
  readonly login: { readonly user: string; readonly passwordFile: string } | null
}

export interface WebhookChannel extends ChannelBase {
  readonly type: 'webhook'
  readonly url: string
  /** Holds the bearer token, or null for none. */
  readonly tokenFile: string | null
  readonly caFile: string | null
}

export interface CommandChannel extends ChannelBase {
  readonly type: 'command'
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[]
}

/**
 * A mail address of the plain kind: what needs quoting in a header or looks like a program's flag
 * is none (RFC 5321 section 4.1.2, without quoted strings and literals).
 */
const readMailbox: Reader<string> = textAs('a mail address', (text) => {
  const local = "[A-Za-z0-9_][A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{0,63}"
  const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})'
  if (new RegExp(`^${local}(@${label}(\\.${label})*)?$`).test(text)) return good(text)
  return bad('E_MAILBOX', `${quoted(text)} is not a mail address`, 'write it as "user@example.net"')
})

/** The address of a mail server: a name would need the DNS that may be what has failed. */
const readServer: Reader<string> = textAs('an address', (text) => {
  const ip = parseIp(text)
  if (ip !== null) return good(formatIp(ip))
  const hint = 'write its address, such as "192.0.2.25"; tls_name may hold its name'
  return bad('E_ADDRESS', `${quoted(text)} is not an address`, hint)
})

/** An http or https URL without user, password and fragment. */
const readUrl: Reader<string> = textAs('a URL', (text) => {
  const fail = (why: string, hint: string) => bad('E_URL', `${quoted(text)} ${why}`, hint)
  if (!/^https?:\/\/[\x21-\x7e]+$/i.test(text) || text.length > 2000)
    return fail('is not a URL', 'write it as "https://192.0.2.80/hook"')
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return fail('is not a URL', 'write it as "https://192.0.2.80/hook"')
  }
  if (url.username !== '' || url.password !== '')
    return bad(
      'E_URL',
      'this URL holds a password',
      'put a token into a file and name it in token_file',
    )
  if (url.hash !== '') return fail('has a fragment', 'remove what begins with "#"')
  return good(text)
})

/** A text that fits one line of a protocol. */
const readWord: Reader<string> = textAs('a text', (text) => {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return good(text)
  const hint = 'use printable ASCII without spaces'
  return bad('E_NAME', `${quoted(text)} cannot be sent to a server`, hint)
})

const TYPES = ['sendmail', 'smtp', 'webhook', 'command'] as const

/** Its queue needs neither DNS nor us. */
const SENDMAIL = ['/usr/sbin/sendmail', '-t', '-oi']
const SECURITY = 'starttls'
/** RFC 6409, RFC 8314 section 3.3 and RFC 5321. */
const PORTS = { starttls: 587, tls: 465, none: 25 }
/** A pool that shrinks is what a balancer is there to survive, and somebody has to mend it. */
const BACKENDS = true

/** Keys with a meaning in some types only are held to them when relations are checked. */
export const channel = table(
  {
    type: key(choice(...TYPES), 'sendmail', '`"sendmail"`, `"smtp"`, `"webhook"` or `"command"`.'),
    // All but a healthy server that became a backup, which is as it should be.
    events: key(
      listOfDifferent(choice(...NOTIFY_EVENTS)),
      ['master', 'dead', 'fault', 'stop', 'planned', 'backend', 'service'],
      'What the channel is told. `"backup"`, a healthy server that became a backup, is told on request only.',
    ),
    timeout: key(duration('1s', '10m'), '30s', 'How long an attempt may take, from 1 s to 10 min.'),
    retry_min: key(
      duration('1s', '24h'),
      '10s',
      'The wait after a failed attempt, from 1 s to 24 h. It doubles with every further one.',
    ),
    retry_max: key(
      duration('1s', '24h'),
      '10m',
      'The longest wait, from 1 s to 24 h and at least `retry_min`.',
    ),
    // What is a day old has been found out otherwise.
    give_up: key(
      duration('1m', '720h'),
      '24h',
      'An event of this age is given up when one more attempt has failed, from 1 min to 720 h.',
    ),
    from: optional(leaf(readMailbox), 'sendmail, smtp: the sender.', 'that of `[notify]`'),
    to: optional(
      listOfDifferent(leaf(readMailbox)),
      'sendmail, smtp: the recipients.',
      'that of `[notify]`',
    ),
    command: optional(
      list(leaf(readNonEmpty)),
      'The program and its arguments, which no shell reads.',
      `sendmail: ${inToml(SENDMAIL)}, command: –`,
    ),
    server: optional(
      leaf(readServer),
      'smtp: the address of the server. A name would need the DNS that may be what has failed.',
    ),
    port: optional(
      integer(1, 65_535),
      'smtp: its port.',
      `starttls: \`${PORTS.starttls}\`, tls: \`${PORTS.tls}\`, none: \`${PORTS.none}\``,
    ),
    security: optional(
      choice('starttls', 'tls', 'none'),
      'smtp: `"starttls"` or `"tls"`, which both insist on a certificate that can be verified, or `"none"`.',
      inToml(SECURITY),
    ),
    tls_name: optional(
      leaf(readWord),
      "smtp: the name in the server's certificate.",
      'its address',
    ),
    ca_file: optional(
      path,
      "smtp, webhook: the certificates to verify the server's by, in PEM.",
      "the system's",
    ),
    user: optional(leaf(readWord), 'smtp: the name to log in with.'),
    password_file: optional(path, 'smtp: the file that holds its password, and nothing else.'),
    url: optional(
      leaf(readUrl),
      'webhook: where the message is POSTed to. An address in it spares the DNS.',
    ),
    token_file: optional(path, 'webhook: the file that holds a bearer token, and nothing else.'),
  },
  [['retry_min', 'retry_max', 'E_RETRY']],
)

export const notifyTable = table({
  // The local mail system adds its domain, and knows who reads root's mail.
  from: key(
    leaf(readMailbox),
    'holdfast',
    'The sender of mail. The local mail system adds its domain; an SMTP server wants one here.',
  ),
  to: key(listOfDifferent(leaf(readMailbox)), ['root'], 'The recipients of mail.'),
  // Instances that move together are reported together, and the addresses have arrived by then.
  settle: key(
    duration('0s', '1m'),
    '2s',
    'How long a message waits for what belongs to it, up to 1 min. Instances that move together are told together.',
  ),
  // One message reports a transition at once; what flaps after it waits for the next.
  window: key(
    duration('0s', '24h'),
    '1m',
    'What happens within this time after a message makes one digest, up to 24 h.',
  ),
  // A night of flapping must not fill a mailbox.
  per_hour: key(
    integer(1, 1000),
    20,
    'The most messages in any hour on each channel, from 1 to 1000. What is beyond waits for a digest.',
  ),
  backends: optional(
    boolean,
    'Load balancers only: whether real servers that leave the pool or come back are told of.',
    inToml(BACKENDS),
  ),
  channels: key(tableByName(channel), {}, 'The ways to tell, one table each.', 'one for mail'),
})

export type NotifyTable = Output<typeof notifyTable>
export type ChannelTable = Output<typeof channel>

/** Without the table nothing is sent; a table without channels means mail by the local mail system. */
export function buildNotify(notify: NotifyTable | undefined): NotifyConfig {
  const { from, to, channels, backends = BACKENDS, ...limits } = notify ?? notifyTable.defaults
  const written = Object.entries(channels)
  const all = written.length > 0 ? written : [['mail', channel.defaults] as const]
  const built = all.map(([name, tableOf]) => buildChannel(name, tableOf, { from, to }))
  return { ...limits, backends, channels: notify === undefined ? [] : built }
}

function buildChannel(name: string, channel: ChannelTable, defaults: MailAddresses): ChannelConfig {
  const { events, timeoutMs, retryMinMs, retryMaxMs, giveUpMs } = channel
  const base = { name, events, timeoutMs, retryMinMs, retryMaxMs, giveUpMs }
  const mail = { from: channel.from ?? defaults.from, to: channel.to ?? defaults.to }
  switch (channel.type) {
    case 'sendmail':
      return { ...base, ...mail, type: 'sendmail', command: channel.command ?? SENDMAIL }
    case 'smtp':
      return { ...base, ...mail, type: 'smtp', ...buildSmtp(channel) }
    case 'webhook':
      return {
        ...base,
        type: 'webhook',
        url: channel.url ?? '',
        tokenFile: channel.tokenFile ?? null,
        caFile: channel.caFile ?? null,
      }
    case 'command':
      return { ...base, type: 'command', command: channel.command ?? [] }
    default:
      return channel.type satisfies never
  }
}

function buildSmtp(channel: ChannelTable) {
  const { security = SECURITY, user, passwordFile } = channel
  return {
    server: channel.server ?? '',
    port: channel.port ?? PORTS[security],
    security,
    tlsName: channel.tlsName ?? null,
    caFile: channel.caFile ?? null,
    login: user === undefined || passwordFile === undefined ? null : { user, passwordFile },
  }
}
