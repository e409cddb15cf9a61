// A complaint before it has a place: what is wrong at which key, by a code, and what to type instead.

/** Every code, with what it stands for. The list is stable, for scripts and documentation. */
export const ERROR_CODES = {
  E_TOO_LARGE: 'the file is far larger than any real one',
  E_BINARY: 'the file holds control characters: it is not a text file',
  E_ENCODING: 'the file is not UTF-8',
  E_SYNTAX: 'the text is not TOML',
  E_DUPLICATE_KEY: 'a key or table is defined twice',
  E_RESERVED_KEY: 'a word that cannot be a key',
  E_UNKNOWN_KEY: 'a key that does not exist here',
  E_MISSING_KEY: 'a required key is missing',
  E_TYPE: 'a value of the wrong type',
  E_DURATION: 'not a duration',
  E_RANGE: 'a number or duration out of range',
  E_CHOICE: 'not one of the allowed words',
  E_NAME: 'a name that cannot be a file name',
  E_ADDRESS: 'not an address, or one that cannot serve here',
  E_CIDR: 'not a network in CIDR form',
  E_HOST_BITS: 'a network with bits set beyond its prefix',
  E_PATH: 'not an absolute path, or one that cannot be used here',
  E_PATTERN: 'not a pattern of interface names',
  E_EMPTY: 'an empty text or list where something must be',
  E_DUPLICATE_VALUE: 'the same thing twice in a list',
  E_DUPLICATE_ADDRESS: 'a service address that another instance has',
  E_DUPLICATE_INSTANCE: 'an instance name that another cluster uses',
  E_NO_CLUSTER: 'nothing to decide about',
  E_QUESTION: 'not a question of the form NAME TYPE',
  E_DOMAIN_NAME: 'not a domain name',
  E_RANDOM: 'a name that is new each time, in a form or a place that does not serve',
  E_RECORD_TYPE: 'an unknown record type, or one that cannot be probed',
  E_CLASS: 'a class other than IN and CH',
  E_RECORD_DATA: 'data that no record of the asked type can have',
  E_RCODE: 'an unknown response code',
  E_CONTRADICTION: 'an expectation that no answer can meet',
  E_UPSTREAM_ONLY: 'a key that only upstream groups have',
  E_QUORUM: 'a quorum that the group cannot reach',
  E_BACKOFF: 'a backoff_min above backoff_max',
  E_FAILBACK_DELAY: 'a failback_delay above failback_delay_max',
  E_HOLDER_TOLERANCE: 'a holder_tolerance above holder_tolerance_max',
  E_RISE_HOLDER: 'a rise_holder above rise',
  E_LISTEN: 'not an address and port of the loopback interface',
  E_MAILBOX: 'not a mail address, or one without a domain where it needs one',
  E_URL: 'not a URL that a message can be sent to',
  E_CHANNEL_KEY: 'a key that this type of channel does not have',
  E_BALANCER_ONLY: 'a key that only load balancers have',
  E_RETRY: 'a retry_min above retry_max',
  E_CLEARTEXT: 'a password that would travel unencrypted',
  E_INTERFACE: 'not the name of an interface',
  E_EXTRA: 'a line for keepalived that would undo what is rendered',
  E_ADVERT: 'an advertisement interval that this version of VRRP cannot encode',
  E_AUTH: 'a secret that this version of VRRP has no place for, or that cannot be used',
  E_FAMILY: 'a family of addresses that is not there, or that cannot be had this way',
  E_DUPLICATE_ROUTER: 'the same virtual_router_id twice on one interface',
  E_EXCLUDED: 'a service address, or the interface that it comes to, is left out of the checks',
  E_LOOPBACK: 'loopback service addresses on a load balancer',
  E_NOT_MOVED: 'a virtual address that no instance moves',
  E_RENDER: 'something that render-config needs is missing',
  E_UNKNOWN_SERVER: 'an order file names a server that there is not',
  E_UNLISTED_SERVER: 'a server that an order file does not name',
  E_EMPTY_ORDER: 'an order file that lists no server',
  E_DUPLICATE_SERVER: 'a server named twice, or by a name that several have',
  E_TOO_MANY: 'more errors than are printed',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

export type KeyPath = readonly (string | number)[]

export interface Complaint {
  readonly code: ErrorCode
  /** One line, no final stop. */
  readonly text: string
  /** What to type, or where to look. */
  readonly hint: string
  /** What the caret underlines: the key's name or its value. The default is the value. */
  readonly at?: 'key' | 'value'
}

/** A complaint about the value or key at a path of the document. */
export interface PlacedComplaint extends Complaint {
  readonly path: KeyPath
}

/** The line, from 1, where a key or value stands; for "the first is on line 7". */
export type LineOf = (path: KeyPath) => number

/** What came of reading one value. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaint: Complaint }

/** A reading that succeeded. */
export function good<T>(value: T): Reading<T> {
  return { ok: true, value }
}

/** A reading that failed. */
export function bad(code: ErrorCode, text: string, hint: string): Reading<never> {
  return { ok: false, complaint: { code, text, hint } }
}

const QUOTED_LENGTH = 60

/** A value of the input in quotes, cut to a length that fits a line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text)
}
