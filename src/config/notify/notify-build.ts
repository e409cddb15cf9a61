// From the [notify] table of a valid document to the typed form, defaults of types filled in.
import { DEFAULTS } from '../defaults.ts'
import { parseDuration } from '../values/duration.ts'
import type { ChannelConfig, NotifyConfig } from './notify-config.ts'
import type { ChannelTable, NotifyTable } from './notify-schema.ts'

/** Without the table nothing is sent; a table without channels means mail by the local mail system. */
export function buildNotify(notify: NotifyTable | undefined): NotifyConfig {
  if (notify === undefined) {
    const { settle, window, per_hour: perHour, backends } = DEFAULTS.notify
    return { settleMs: ms(settle), windowMs: ms(window), perHour, backends, channels: [] }
  }
  const named = Object.entries(notify.channels)
  const channels = named.length > 0 ? named : [[DEFAULTS.channel.name, DEFAULT_CHANNEL] as const]
  return {
    settleMs: notify.settle,
    windowMs: notify.window,
    perHour: notify.per_hour,
    backends: notify.backends ?? DEFAULTS.notify.backends,
    channels: channels.map(([name, channel]) => buildChannel(name, channel, notify)),
  }
}

const DEFAULT_CHANNEL: ChannelTable = {
  type: DEFAULTS.channel.type,
  events: [...DEFAULTS.channel.events],
  timeout: ms(DEFAULTS.channel.timeout),
  retry_min: ms(DEFAULTS.channel.retry_min),
  retry_max: ms(DEFAULTS.channel.retry_max),
  give_up: ms(DEFAULTS.channel.give_up),
}

function buildChannel(name: string, channel: ChannelTable, notify: NotifyTable): ChannelConfig {
  const base = {
    name,
    events: channel.events,
    timeoutMs: channel.timeout,
    retryMinMs: channel.retry_min,
    retryMaxMs: channel.retry_max,
    giveUpMs: channel.give_up,
  }
  const letter = { from: channel.from ?? notify.from, to: channel.to ?? notify.to }
  switch (channel.type) {
    case 'sendmail': {
      const command = channel.command ?? [...DEFAULTS.channel.sendmail]
      return { ...base, ...letter, type: 'sendmail', command }
    }
    case 'smtp':
      return { ...base, ...letter, type: 'smtp', ...buildSmtp(channel) }
    case 'webhook':
      return {
        ...base,
        type: 'webhook',
        url: channel.url ?? '',
        tokenFile: channel.token_file ?? null,
        caFile: channel.ca_file ?? null,
      }
    case 'command':
      return { ...base, type: 'command', command: channel.command ?? [] }
    default:
      return channel.type satisfies never
  }
}

function buildSmtp(channel: ChannelTable) {
  const security = channel.security ?? DEFAULTS.channel.security
  const { user, password_file: passwordFile } = channel
  return {
    server: channel.server ?? '',
    port: channel.port ?? DEFAULTS.channel.ports[security],
    security,
    tlsName: channel.tls_name ?? null,
    caFile: channel.ca_file ?? null,
    login: user === undefined || passwordFile === undefined ? null : { user, passwordFile },
  }
}

function ms(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs === null) throw new Error(`a default is no duration: ${text}`)
  return durationMs
}
