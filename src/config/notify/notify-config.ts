// Who is told about transitions, by what means, and how often: the typed form of [notify].

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

export interface NotifyConfig {
  /** How long after a transition others that belong to it are waited for. */
  readonly settleMs: number
  /** After a message, what happens within this time makes one digest. */
  readonly windowMs: number
  /** The most messages that a channel takes in any hour. */
  readonly perHour: number
  /** Whether a load balancer tells of its real servers. */
  readonly backends: boolean
  /** None when the file has no [notify]: then events are logged and nothing is sent. */
  readonly channels: readonly ChannelConfig[]
}

export type ChannelConfig = SendmailChannel | SmtpChannel | WebhookChannel | CommandChannel

interface ChannelBase {
  readonly name: string
  readonly events: readonly NotifyEvent[]
  /** How long one attempt may take. */
  readonly timeoutMs: number
  /** The wait after a failed attempt; it doubles up to `retryMaxMs`. */
  readonly retryMinMs: number
  readonly retryMaxMs: number
  /** An event older than this is given up when one more attempt has failed. */
  readonly giveUpMs: number
}

interface Letter {
  readonly from: string
  readonly to: readonly string[]
}

/** The local mail system's own program, whose queue needs neither DNS nor us. */
export interface SendmailChannel extends ChannelBase, Letter {
  readonly type: 'sendmail'
  /** Program and arguments; it finds the recipients in the message. */
  readonly command: readonly string[]
}

export interface SmtpChannel extends ChannelBase, Letter {
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
