// The secret file: one word that VRRPv2 sends along in clear with every packet.
import { bad, good, type Reading } from '../text/complaint.ts'

/** RFC 2338 section 5.3.10: eight octets. keepalived cuts off what is longer, and says so in a log. */
const MAX_SECRET_LENGTH = 8

/**
 * The secret in the text of its file. No message repeats any of it.
 *
 * Only characters that keepalived reads as they stand are allowed: others are quotes, remarks and
 * substitutions to it.
 */
export function parseSecret(text: string): Reading<string> {
  const lines = text.split('\n').map((line) => line.trim())
  const [secret = '', ...more] = lines.filter((line) => line !== '')
  const hint = `put one word of up to ${MAX_SECRET_LENGTH} characters into the file`
  if (secret === '') return bad('E_AUTH', 'the secret file is empty', hint)
  if (more.length > 0) return bad('E_AUTH', 'the secret file has more than one line', hint)
  if (secret.length > MAX_SECRET_LENGTH) {
    const text = `the secret has ${secret.length} characters, and VRRPv2 has room for ${MAX_SECRET_LENGTH}`
    return bad('E_AUTH', text, hint)
  }
  if (/^[A-Za-z0-9._+/=,:%^&*()-]+$/.test(secret)) return good(secret)
  const plain = 'use letters, digits and any of . _ + / = , : % ^ & * ( ) -'
  return bad('E_AUTH', 'the secret has characters that keepalived gives a meaning to', plain)
}
