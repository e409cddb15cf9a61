// Who is notified of transitions, by what means, and how often: [notify] and its channels.
import { inToml, key, type Output, optional, tuning } from './key.ts'
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
  'events' | 'timeoutMs' | 'retryMinMs' | 'retryMaxMs' | 'expireAfterMs'
>

export interface MailAddresses {
  readonly from: string
  readonly to: readonly string[]
}

/** The local mail system's own program. Those of exim and Postfix need rights that the shipped unit takes from its programs. */
export interface SendmailChannel extends ChannelBase, MailAddresses {
  readonly type: 'sendmail'
  /** Program and arguments; it finds the recipients in the message. */
  readonly command: readonly string[]
}

export interface SmtpChannel extends ChannelBase, MailAddresses {
  readonly type: 'smtp'
  /** An address, since names need DNS. */
  readonly server: string
  /** The server is the mail system of this host, which knows the domain of addresses without one. */
  readonly isLocal: boolean
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

export const SENDMAIL = ['/usr/sbin/sendmail', '-t', '-oi']
/** The mail system of this host: its queue needs neither DNS nor us, and it takes mail from any unit. */
export const LOCAL_SERVER = '127.0.0.1'
/** RFC 6409, RFC 8314 section 3.3 and RFC 5321. */
export const PORTS = { starttls: 587, tls: 465, none: 25 }
/** A pool that shrinks is what a balancer is there to survive, and somebody has to mend it. */
export const BACKENDS = true

/** Keys with a meaning in some types only are held to them when relations are checked. */
export const channel = table(
  {
    type: key(choice(...TYPES), 'smtp', '`"smtp"`, `"sendmail"`, `"webhook"` or `"command"`.'),
    // All but a healthy server that became a backup, which is as it should be.
    events: key(
      listOfDifferent(choice(...NOTIFY_EVENTS)),
      ['master', 'dead', 'fault', 'stop', 'planned', 'backend', 'service'],
      'The events that the channel reports. `"backup"`, a healthy server that became a backup, is not among the defaults.',
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
    expire_after: key(
      duration('1m', '720h'),
      '24h',
      'An event of this age is dropped when one more attempt has failed, from 1 min to 720 h.',
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
      'smtp: the address of the server. A name would need DNS, which may be what has failed.',
      inToml(LOCAL_SERVER),
    ),
    port: optional(
      integer(1, 65_535),
      'smtp: its port.',
      `none: \`${PORTS.none}\`, starttls: \`${PORTS.starttls}\`, tls: \`${PORTS.tls}\``,
    ),
    security: optional(
      choice('starttls', 'tls', 'none'),
      'smtp: `"none"`, or `"starttls"` or `"tls"`, which both require a certificate that can be verified.',
      '`"none"` on this host without `user`, `tls_name` and `ca_file`, else `"starttls"`',
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
    'The sender of mail. For the mail system of this host the domain may be left out: it is that of /etc/mailname.',
  ),
  to: key(listOfDifferent(leaf(readMailbox)), ['root'], 'The recipients of mail.'),
  // Instances that move together are reported together, and the addresses have arrived by then.
  group_wait: tuning(
    key(
      duration('0s', '1m'),
      '2s',
      'How long a message waits for related transitions, up to 1 min. Instances that move together are reported together.',
    ),
  ),
  // One message reports a transition at once; what flaps after it waits for the next.
  group_interval: tuning(
    key(
      duration('0s', '24h'),
      '1m',
      'Transitions within this time after a message are sent as one digest, up to 24 h.',
    ),
  ),
  // A night of flapping must not fill a mailbox.
  max_per_hour: tuning(
    key(
      integer(1, 1000),
      20,
      'The most messages per hour on each channel, from 1 to 1000. Further events wait for the next message.',
    ),
  ),
  backends: optional(
    boolean,
    'Load balancers only: whether real servers that are removed from the pool or added again are reported.',
    inToml(BACKENDS),
  ),
  channels: key(
    tableByName(channel),
    {},
    'The ways to send messages, one table each.',
    'mail by SMTP to this host',
  ),
})

export type NotifyTable = Output<typeof notifyTable>
export type ChannelTable = Output<typeof channel>
