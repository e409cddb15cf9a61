// The shape of [notify] and its channels: which keys there are, what each holds, and its bounds.
import * as v from 'valibot'
import { DEFAULTS } from '../defaults.ts'
import {
  choiceReader,
  durationReader,
  integerReader,
  type Reader,
  readBoolean,
  readNonEmpty,
  readPath,
  textAs,
} from '../readers.ts'
import { leaf, list, listOfDifferent, table, tableByName } from '../schema-parts.ts'
import { bad, good, quoted } from '../text/complaint.ts'
import { formatIp, parseIp } from '../values/ip.ts'
import { readName } from '../values/name.ts'
import { NOTIFY_EVENTS } from './notify-config.ts'

const duration = (least: string, most: string) => leaf(durationReader({ least, most }))
const path = leaf(readPath)

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

/** Keys with a meaning in some types only are held to them when relations are checked. */
const channel = table({
  type: v.optional(leaf(choiceReader(TYPES)), DEFAULTS.channel.type),
  events: v.optional(listOfDifferent(leaf(choiceReader(NOTIFY_EVENTS))), [
    ...DEFAULTS.channel.events,
  ]),
  timeout: v.optional(duration('1s', '10m'), DEFAULTS.channel.timeout),
  retry_min: v.optional(duration('1s', '24h'), DEFAULTS.channel.retry_min),
  retry_max: v.optional(duration('1s', '24h'), DEFAULTS.channel.retry_max),
  give_up: v.optional(duration('1m', '720h'), DEFAULTS.channel.give_up),
  from: v.optional(leaf(readMailbox)),
  to: v.optional(listOfDifferent(leaf(readMailbox))),
  command: v.optional(list(leaf(readNonEmpty))),
  server: v.optional(leaf(readServer)),
  port: v.optional(leaf(integerReader(1, 65_535))),
  security: v.optional(leaf(choiceReader(['starttls', 'tls', 'none'] as const))),
  tls_name: v.optional(leaf(readWord)),
  ca_file: v.optional(path),
  user: v.optional(leaf(readWord)),
  password_file: v.optional(path),
  url: v.optional(leaf(readUrl)),
  token_file: v.optional(path),
})

export const notifyTable = table({
  from: v.optional(leaf(readMailbox), DEFAULTS.notify.from),
  to: v.optional(listOfDifferent(leaf(readMailbox)), [...DEFAULTS.notify.to]),
  settle: v.optional(duration('0s', '1m'), DEFAULTS.notify.settle),
  window: v.optional(duration('0s', '24h'), DEFAULTS.notify.window),
  per_hour: v.optional(leaf(integerReader(1, 1000)), DEFAULTS.notify.per_hour),
  // No default here: whether it is there is an error's matter.
  backends: v.optional(leaf(readBoolean)),
  channels: v.optional(tableByName(channel, readName), {}),
})

export type NotifyTable = v.InferOutput<typeof notifyTable>
export type ChannelTable = NotifyTable['channels'][string]
