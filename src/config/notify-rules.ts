// Rules between the keys of [notify]: what each type of channel needs, and what it does not have.

import { type DeepPartial, propertyOf } from './key.ts'
import { isLocalServer } from './notify-channels.ts'
import {
  type ChannelConfig,
  type ChannelTable,
  channel as channelTable,
  type NotifyTable,
} from './notify-table.ts'
import { type KeyPath, type PlacedComplaint, quoted } from './text/complaint.ts'

type Type = ChannelConfig['type']
type Key = keyof typeof channelTable.keys

/** Keys that only some types have, and those types. */
const OWNERS: { readonly [K in Key]?: readonly Type[] } = {
  from: ['sendmail', 'smtp'],
  to: ['sendmail', 'smtp'],
  command: ['sendmail', 'command'],
  server: ['smtp'],
  port: ['smtp'],
  security: ['smtp'],
  tls_name: ['smtp'],
  ca_file: ['smtp', 'webhook'],
  user: ['smtp'],
  password_file: ['smtp'],
  url: ['webhook'],
  token_file: ['webhook'],
}

/** Keys without which a type makes no sense. */
const NEEDED: Readonly<Record<Type, readonly (readonly [Key, string])[]>> = {
  sendmail: [],
  smtp: [],
  webhook: [['url', 'write url = "https://192.0.2.80/hook"']],
  command: [['command', 'write command = ["/usr/local/bin/page"]']],
}

/** All complaints about how the values of [notify] go together. */
export function checkNotify(
  notify: DeepPartial<NotifyTable> | undefined,
  isBalancer: boolean,
): PlacedComplaint[] {
  if (notify === undefined) return []
  const complaints = notify.to?.length === 0 ? [noRecipient(['notify', 'to'])] : []
  if ('backends' in notify && !isBalancer) {
    const text = 'there are no real servers to report without [balancer]'
    const hint = 'remove it here; it belongs into the configuration of the load balancers'
    const path = ['notify', 'backends']
    complaints.push({ code: 'E_BALANCER_ONLY', path, at: 'key', text, hint })
  }
  for (const [name, channel] of Object.entries(notify.channels ?? {})) {
    if (channel === undefined) continue
    const path = ['notify', 'channels', name]
    complaints.push(
      ...checkKeys(channel, path, name),
      ...checkLists(channel, path),
      ...checkSmtp(channel, notify, path),
    )
  }
  return complaints
}

function noRecipient(path: KeyPath): PlacedComplaint {
  const hint = 'write to = ["hostmaster@example.net"], or remove the key'
  return { code: 'E_EMPTY', path, text: 'there is nobody to write to', hint }
}

function checkKeys(
  channel: DeepPartial<ChannelTable>,
  path: KeyPath,
  name: string,
): PlacedComplaint[] {
  const { type } = channel
  if (type === undefined) return []
  const complaints: PlacedComplaint[] = []
  for (const [key, hint] of NEEDED[type]) {
    if (isGiven(key, channel)) continue
    const text = `channel ${quoted(name)} of type "${type}" has no ${key}`
    complaints.push({ code: 'E_MISSING_KEY', path, at: 'key', text, hint })
  }
  for (const [key, owners] of Object.entries(OWNERS)) {
    if (!isGiven(key as Key, channel) || owners.includes(type)) continue
    const text = `${key} has no meaning in a channel of type "${type}"`
    const hint = `remove it, or write type = ${owners.map((owner) => `"${owner}"`).join(' or ')}`
    complaints.push({ code: 'E_CHANNEL_KEY', path: [...path, key], at: 'key', text, hint })
  }
  return complaints
}

/** Whether or not it could be read. */
function isGiven(key: Key, channel: DeepPartial<ChannelTable>): boolean {
  return propertyOf(key, channelTable.keys[key]) in channel
}

function checkLists(channel: DeepPartial<ChannelTable>, path: KeyPath): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  if (channel.to?.length === 0) complaints.push(noRecipient([...path, 'to']))
  if (channel.events?.length === 0) {
    const hint = 'write events = ["master", "dead", "fault"], or remove the key'
    const text = 'the channel has no events'
    complaints.push({ code: 'E_EMPTY', path: [...path, 'events'], text, hint })
  }
  if (channel.command === undefined) return complaints
  const [program] = channel.command
  const at = [...path, 'command']
  if (channel.command.length === 0) {
    const hint = 'write ["/usr/local/bin/page"], or remove the key'
    complaints.push({ code: 'E_EMPTY', path: at, text: 'there is no program to run', hint })
  } else if (program !== undefined && !program.startsWith('/')) {
    const text = `${quoted(program)} is not an absolute path`
    const hint = 'write where the program is, such as "/usr/local/bin/page"'
    complaints.push({ code: 'E_PATH', path: [...at, 0], text, hint })
  }
  return complaints
}

/** No password is sent in clear, and a server on another host completes no addresses. */
function checkSmtp(
  channel: DeepPartial<ChannelTable>,
  notify: DeepPartial<NotifyTable>,
  path: KeyPath,
): PlacedComplaint[] {
  if (channel.type !== 'smtp') return []
  const complaints: PlacedComplaint[] = []
  const { user, passwordFile: file, security } = channel
  if ('user' in channel !== 'passwordFile' in channel) {
    const [has, lacks] = 'user' in channel ? ['user', 'password_file'] : ['password_file', 'user']
    const text = `${has} is of no use without ${lacks}`
    const hint = `add ${lacks} = …, or remove ${has}`
    complaints.push({ code: 'E_MISSING_KEY', path: [...path, has ?? ''], at: 'key', text, hint })
  }
  if (security === 'none' && user !== undefined && file !== undefined) {
    const text = 'a password would travel unencrypted'
    const hint = 'write security = "starttls" or "tls", or remove user and password_file'
    complaints.push({ code: 'E_CLEARTEXT', path: [...path, 'security'], text, hint })
  }
  const isLocal = !('server' in channel) || isLocalServer(channel.server ?? '')
  const fields = isLocal
    ? []
    : [
        {
          addresses: [channel.from ?? notify.from],
          at: 'from' in channel ? path : ['notify'],
          key: 'from',
        },
        {
          addresses: channel.to ?? notify.to ?? [],
          at: 'to' in channel ? path : ['notify'],
          key: 'to',
        },
      ]
  for (const { addresses, at, key } of fields) {
    const local = addresses.find((address) => address !== undefined && !address.includes('@'))
    if (local === undefined) continue
    const text = `${key} is ${quoted(local)}, and a mail server on another host needs a domain`
    const hint = `write ${key} = ${key === 'to' ? '["hostmaster@example.net"]' : '"holdfast@ns1.example.net"'}`
    complaints.push({ code: 'E_MAILBOX', path: [...at, key], text, hint })
  }
  return complaints
}
