// The secrets of this host that may be known, so that they can be found wherever they have got to.
import { type Host, textOr } from '../host.ts'

/** Where rndc's own key is; it is never taken along. */
const RNDC_KEY = '/etc/bind/rndc.key'
const LIMIT_BYTES = 64 * 1024
const MAX_CONFIG_BYTES = 16 * 1024 * 1024
/** Of words of a URL: shorter ones are no tokens, and neither are plain words such as "services" or "status.json". */
const MIN_TOKEN_LENGTH = 8
const PLAIN_WORD = /^[a-z_-]{1,20}(?:\.[a-z]{1,5})?$/

interface Secrets {
  readonly known: readonly string[]
  /** Files with secrets that this user may not read, so that their values are not known. */
  readonly unread: readonly string[]
}

/** @param dump keepalived's dump, which has the passwords that it runs with */
export async function secretsOf(host: Host, dump: string): Promise<Secrets> {
  const { inspect, paths } = host
  const config = textOf(host, paths.configFile)
  const files = secretFilesIn(config)
  const reads = files.map((file) => ({ file, read: inspect.text(file, LIMIT_BYTES) }))
  const checked = await inspect.run('named-checkconf', ['-p', paths.namedConf])
  const named = `${checked.ok ? checked.value.stdout : ''}\n${textOf(host, RNDC_KEY)}`
  return {
    known: [
      ...reads.flatMap(({ read }) => (read.ok ? wordsOf(read.value) : [])),
      ...passwordsIn(`${textOf(host, paths.keepalivedConf)}\n${config}`),
      ...dumpedPasswords(dump),
      ...keysIn(named),
      ...urlSecrets(config),
      ...argumentSecrets(config),
    ].filter((value) => value !== ''),
    unread: reads.flatMap(({ file, read }) => (!read.ok && read.why === 'denied' ? [file] : [])),
  }
}

/** By their keys' names, so that they are found in a configuration with errors as well. */
export function secretFilesIn(toml: string): string[] {
  const matches = toml.matchAll(
    /\b(?:auth_pass|password|token)_file\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)')/g,
  )
  return [...matches].map(([, double, single]) => double ?? single ?? '')
}

/** auth_pass and auth_hmac as a file has them. keepalived uses the first eight characters of auth_pass alone. */
export function passwordsIn(conf: string): string[] {
  const passes = conf.matchAll(/\bauth_pass\s+(?:"([^"\n]+)"|([^\s"'#!]+))/g)
  const hmacs = [...conf.matchAll(/\bauth_hmac\b[^{}]{0,200}\{([^}]*)/g)]
  const blocks = hmacs.map(([, body = '']) => body).join('\n')
  const keys = blocks.matchAll(/\bkey\s+\d+\s+(?:\\?"([^"\\\n]+)|([^\s"'#!\\]+))/g)
  return [
    ...[...passes].flatMap(([, quoted, plain]) => cut(quoted ?? plain ?? '')),
    ...[...keys].map(([, quoted, plain]) => quoted ?? plain ?? ''),
  ]
}

function dumpedPasswords(dump: string): string[] {
  return [...dump.matchAll(/"auth_data"\s*:\s*"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text)
}

/** The secrets of key blocks in named.conf. */
export function keysIn(named: string): string[] {
  const matches = named.matchAll(/\bsecret\s+(?:"([^"\n]+)"|([^\s;"]+))\s*;/g)
  return [...matches].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** Users and passwords of all URLs, and the long words after their hosts: a program may be told a webhook. */
export function urlSecrets(toml: string): string[] {
  const users = [...toml.matchAll(/:\/\/([^@/\s"'\n]+)@/g)].map(([, user = '']) => user)
  const urls = toml.matchAll(/\bhttps?:\/\/[^/?#"'\s]*([^"'\s]*)/gi)
  return [
    ...users.flatMap((user) => user.split(':')),
    ...[...urls].flatMap(([, rest = '']) =>
      rest
        .split(/[/?&=#]/)
        .filter((part) => part.length >= MIN_TOKEN_LENGTH && !PLAIN_WORD.test(part)),
    ),
  ]
}

/** What follows a flag or a header that is named after a secret, and a user's password or else the user. */
export function argumentSecrets(toml: string): string[] {
  const patterns = [
    /"--?[\w-]{0,40}(?:passw(?:or)?d|pass|pwd|passphrase|secret|bearer|token|key)(?:"\s*,\s*"|=)([^"\n]+)"/gi,
    /"(?:-\w{0,8}u|--[\w-]{0,40}(?:user|auth|login))(?:"\s*,\s*"|=)[^":\n]{0,100}:([^"\n]+)"/g,
    /"(?:-\w{0,8}u|--[\w-]{0,40}(?:user|auth|login))(?:"\s*,\s*"|=)([^":\n]+):"/g,
    /(?:\bAuthorization|-(?:auth|key|token)(?:-[\w-]{1,40})?)[ \t]*:[ \t]*(?:[\w-]+[ \t]+)?([^"'\n]+)/gi,
  ]
  return patterns.flatMap((pattern) => [...toml.matchAll(pattern)].map(([, value = '']) => value))
}

/** A secret's file is one line as a rule; where it is more, each may be found alone. */
function wordsOf(text: string): string[] {
  return [text.trim(), ...text.split('\n').map((line) => line.trim())].flatMap(cut)
}

const VRRP_SECRET_LENGTH = 8

/** By characters: half a character would be none. */
function cut(secret: string): string[] {
  return [secret, [...secret].slice(0, VRRP_SECRET_LENGTH).join('')]
}

function textOf({ inspect }: Host, path: string): string {
  return textOr(inspect.text(path, MAX_CONFIG_BYTES))
}
