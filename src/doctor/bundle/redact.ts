// Takes secrets out of texts: what stands where secrets stand, and every known secret wherever it stands.

/** What stands in a secret's place. */
export const REMOVED = '[removed]'

/** A shorter one would take half of every text with it; it is still removed where it has its name. */
const MIN_KNOWN_LENGTH = 4

export type Redact = (text: string) => string

/** @param known secrets by their value, such as the passwords in files */
export function createRedactor(known: readonly string[]): Redact {
  const values = [
    ...new Set(known.filter((secret) => secret.length >= MIN_KNOWN_LENGTH).flatMap(spellings)),
  ]
  // A secret that is a part of another one must not break that one up.
  values.sort((a, b) => b.length - a.length)
  return (text) => {
    let result = text
    for (const [pattern, replacement] of PLACES) result = result.replace(pattern, replacement)
    for (const value of values) result = result.replaceAll(value, REMOVED)
    return result
  }
}

/** A secret as configuration, JSON, URLs, mail and HTTP headers, and dumps spell it. */
function spellings(value: string): string[] {
  const bytes = new TextEncoder().encode(value)
  const base64 = btoa(String.fromCharCode(...bytes))
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const quoted = JSON.stringify(value).slice(1, -1)
  return [value, quoted, encodeURIComponent(value), encodeURI(value), base64, hex]
}

/** The end of a name; runs of characters before it are bounded below, or hostile lines would take for ever. */
const NAME = '(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|auth_data|auth_pass)'

/** Names before "=" or ":". A key may be a path; "pass:" alone is what logs say of checks. */
const ASSIGNED = `(?:${NAME}|[_-](?:pass|pwd|pw)|(?<![a-z0-9])(?:pass|pwd|pw)(?!\\s*:)|pass(?=["'])|[_-]key(?!\\\\?["']?\\s*[=:]\\s*\\\\?["']?[./]))`

/** A flag up to its last word, for words that name secrets in flags alone: logs are full of "pass". */
const FLAG = '(?<![\\w-])(--?(?:[\\w-]{0,40}-)?'

/** The rest of a word that a colon has parted; in quotes, spaces are a part of it. */
const PASSWORD = `(?:(?<=["'][^\\s"',:/]{0,100}:)[^"'\\n]+|[^\\s"',]+)`

/** What goes before it: a flag for users, and where the user's name begins. */
const USER_FLAG = `(?:(?<![\\w-])-[a-z]{0,8}u|${FLAG}(?:user|auth|login)))(?:["']?[\\s,=]+)?["']?`

/** As a shell or a list has it. */
const WORD = `("[^"\\n]*"|'[^'\\n]*'|[^\\s"',;\\]]+)`

/** The rest of a line or of a string in quotes; a quote with a backslash before it ends that, too. */
const REST = `(?!\\s*(?:{|\\[(?!removed)))(?:[^"'\\\\\\n]|\\\\[^"'\\n])+`

/** Programs with flags of one letter for secrets, which mean something else to others. */
const PROGRAM_FLAGS: readonly (readonly [programs: string, flags: string, isApart: boolean])[] = [
  ['(?:sshpass|sendxmpp|mongo(?:sh|dump|restore)?|ncftp(?:put|get|ls)?)', '-p', true],
  // "-p" alone asks for it, and what follows is a database.
  ['(?:mysql|mariadb)[\\w-]{0,20}', '-p', false],
  ['snmp\\w{1,20}', '-[cAX]', true],
  ['ldap\\w{1,20}', '-w', true],
  ['(?:ipmitool|mosquitto_\\w{1,10}|(?:un)?zip)', '-P', true],
  [`(?:docker|podman)["'\\s,]{1,5}login`, '-p', true],
  ['lftp', `-u["'\\s,]{0,5}[^\\s"',]{1,100},`, false],
  ['redis-cli', '-a', true],
  ['openssl', '-[kK]', true],
  ['(?:swaks|send[eE]mail)', '-(?:ap|xp)', true],
  ['curl', '-b', true],
  ['(?:https?|xh)', '-a', true],
]

/** Each flag of a program's line, the last one first; of the line no more than a shell's user would write. */
function placesOf([programs, flags, isApart]: (typeof PROGRAM_FLAGS)[number]) {
  const gap = isApart ? `(?:["']?[\\s,=]+)?` : ''
  const value = `(?:"[^"\\n]*"|'[^'\\n]*'|[^\\s"',;\\]]+)`
  // The flag comes first: looking back for the program at every character would take for ever.
  const ofProgram = `(?<=(?<![\\w.-])${programs}\\b[^\\n]{0,200}[\\s"']${flags})`
  const pattern = `(?<=[\\s"'])(${flags}${ofProgram}${gap})${value}`
  return [[new RegExp(pattern, 'g'), `$1${REMOVED}`]] as const
}

/** Where secrets stand, whatever they are. Each keeps the name, so that one sees that it was set. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g,
    `-----BEGIN $1-----\n${REMOVED}`,
  ],
  // keepalived.conf, in a file of its own or quoted in another one's string.
  [/\b(auth_pass)(\s+)(\\?"[^"\n]*"|[^"'\n]+)/g, `$1$2${REMOVED}`],
  // auth_hmac, from keepalived 2.4 on; a line of it may stand in a difference or in a string.
  [/((?:^|[{"']|\\n)[ \t+-]*key[ \t]+\d{1,5}[ \t]+)(\\?"[^"\n]*"|[^\s"'}]+)/gm, `$1${REMOVED}`],
  // named.conf and rndc.key.
  [/\b(secret\s+)("[^"\n]*"|'[^'\n]*'|[^\s;"']+(?=\s*;))/g, `$1"${REMOVED}"`],
  // NAME = "value", NAME: value, "NAME": "value", NAME=value; never a path of a file that has it.
  [
    new RegExp(`(${ASSIGNED}["']?\\s*[=:]\\s*)("(?:[^"\\\\\\n]|\\\\.)*"|'[^'\\n]*')`, 'gi'),
    `$1"${REMOVED}"`,
  ],
  // JSON in a string.
  [new RegExp(`(${ASSIGNED}\\\\"\\s*:\\s*)\\\\"[^"\\n]*"`, 'gi'), `$1\\"${REMOVED}\\"`],
  // A list in JSON, over many lines perhaps. Bounded, or a log full of beginnings would take for ever.
  [new RegExp(`(${NAME}["']?\\s*:\\s*)\\[[^\\]]{0,4000}\\]`, 'gi'), `$1"${REMOVED}"`],
  [new RegExp(`(${ASSIGNED}\\s*[=:]\\s*)(?!["'[])[^\\s,;}]+`, 'gi'), `$1${REMOVED}`],
  // An environment's variables: SMTP_KEY=…, GITHUB_TOKEN_RW=….
  [
    /((?:PASS|SECRET|TOKEN|KEY|CREDENTIAL|_PWD|_PW|_AUTH)[A-Z0-9_]{0,40}=)(?:"[^"\n]*"|'[^'\n]*'|[^\s"']+)/g,
    `$1${REMOVED}`,
  ],
  // A program's arguments, as words of a line or as strings of a list.
  [new RegExp(`(--?[\\w-]{0,40}${NAME}["']?[\\s,]+)${WORD}`, 'gi'), `$1"${REMOVED}"`],
  [
    new RegExp(
      `${FLAG}(?:pass|pwd|pw|bearer|apikey|credentials?|community|cookie|auth|xp)["']?[\\s,=]+)${WORD}`,
      'gi',
    ),
    `$1"${REMOVED}"`,
  ],
  // A key may be the path of one, which is no secret.
  [new RegExp(`${FLAG}key["']?[\\s,=]+)(?!["']?[./])${WORD}`, 'gi'), `$1"${REMOVED}"`],
  // USER:PASSWORD, as curl and its like take it; a token may be the user of no password.
  [new RegExp(`(${USER_FLAG}[^\\s"',:/]{0,100}:)${PASSWORD}`, 'gi'), `$1${REMOVED}`],
  [new RegExp(`(${USER_FLAG})[^\\s"',:]{1,400}:(?=[\\s"',]|$)`, 'gi'), `$1${REMOVED}:`],
  // Headers. Parameters in quotes go on after the quote.
  [
    /\b(Authorization["']?\s*[:=]\s*["']?)(?:Digest\b|[\w-]{1,40} [^"'\n]{0,200}=\\?["']).*$/gim,
    `$1${REMOVED}`,
  ],
  [
    new RegExp(
      `\\b(Authorization\\\\?["']?[ \\t]*[:=][ \\t]*\\[?[ \\t]*(?:\\\\?["'])?)${REST}`,
      'gi',
    ),
    `$1${REMOVED}`,
  ],
  [
    new RegExp(`(-(?:auth|key|token)(?:-[\\w-]{1,40})?[ \\t]*:[ \\t]*)${REST}`, 'gi'),
    `$1${REMOVED}`,
  ],
  [new RegExp(`\\b(Cookie:[ \\t]*)${REST}`, 'gi'), `$1${REMOVED}`],
  [/(\bpass:)(?=[^\s"',])[^\s"',]+/g, `$1${REMOVED}`],
  // nsupdate and dig take a key with its name, smbclient a user with a password.
  [/((?<![\w-])-y["']?[\s,=]+["']?(?:hmac-\w+:)?[\w.-]{1,200}:)[^\s"',]+/g, `$1${REMOVED}`],
  [/((?<![\w-])(?:-U|--user(?:name)?)["']?[\s,=]*["']?[^\s"'%]{1,100}%)[^\s"',]+/g, `$1${REMOVED}`],
  [/(\/bot\d{1,20}:)[\w-]+/g, `$1${REMOVED}`],
  [new RegExp(`\\b((?:ro|rw|trap)community6?\\s+)${WORD}`, 'g'), `$1${REMOVED}`],
  ...PROGRAM_FLAGS.flatMap(placesOf),
  [/\b(Bearer\s+)[\w.~+/=-]{8,}/gi, `$1${REMOVED}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,400}@/gi, `$1${REMOVED}@`],
  [/\b(https?:\/\/[^\s?"'<>]{0,2000}\?)[^\s"'<>#]+/gi, `$1${REMOVED}`],
  // Webhooks, by their names or the configuration's: with many services the path is the token.
  [/\b(url\s*=\s*["']https?:\/\/[^/"'\s]*\/)[^"'\n]+/gi, `$1${REMOVED}`],
  [/(hook[\w-]{0,40}["'\s,=:]{1,10}https?:\/\/[^/\s"'<>]{0,200}\/)[^\s"'<>]+/gi, `$1${REMOVED}`],
  [/(https?:\/\/[^\s"'<>]{0,200}hook[^\s"'<>/]{0,40}\/)[^\s"'<>]+/gi, `$1${REMOVED}`],
]
