// The channels of [notify] from its tables: what a key that is left out stands for.
import {
  BACKENDS,
  type ChannelConfig,
  type ChannelTable,
  channel as channelTable,
  LOCAL_SERVER,
  type MailAddresses,
  type NotifyConfig,
  type NotifyTable,
  notifyTable,
  PORTS,
  SENDMAIL,
} from './notify-table.ts'

/** Without the table nothing is sent; a table without channels means mail through the local mail system. */
export function buildNotify(notify: NotifyTable | undefined): NotifyConfig {
  const { from, to, channels, backends = BACKENDS, ...limits } = notify ?? notifyTable.defaults
  const written = Object.entries(channels)
  const all = written.length > 0 ? written : [['mail', channelTable.defaults] as const]
  const built = all.map(([name, tableOf]) => buildChannel(name, tableOf, { from, to }))
  return { ...limits, backends, channels: notify === undefined ? [] : built }
}

function buildChannel(name: string, channel: ChannelTable, defaults: MailAddresses): ChannelConfig {
  const { events, timeoutMs, retryMinMs, retryMaxMs, expireAfterMs } = channel
  const base = { name, events, timeoutMs, retryMinMs, retryMaxMs, expireAfterMs: expireAfterMs }
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
  const { server = LOCAL_SERVER, user, passwordFile, tlsName, caFile } = channel
  const isLocal = isLocalServer(server)
  const isPlain = isLocal && [user, tlsName, caFile].every((value) => value === undefined)
  const { security = isPlain ? 'none' : 'starttls' } = channel
  return {
    server,
    isLocal,
    port: channel.port ?? PORTS[security],
    security,
    tlsName: tlsName ?? null,
    caFile: caFile ?? null,
    login: user === undefined || passwordFile === undefined ? null : { user, passwordFile },
  }
}

/** Whether mail for this server stays on the host. */
export function isLocalServer(server: string): boolean {
  return server === '::1' || server.startsWith('127.')
}
