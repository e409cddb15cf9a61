// Passwords and tokens: one line in a file that others cannot read.
import { statSync } from 'node:fs'
import type { Result } from '../../ports.ts'
import { readBounded } from '../atomic-file.ts'

const MOST_BYTES = 4096
const OTHERS = 0o007

/** The file's one line. An error names the file and never what is in it. */
export function readSecret(path: string): Result<string> {
  const text = readBounded(path, MOST_BYTES)
  if (!text.ok) return text
  if ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS)
    return { ok: false, error: `others may read ${path}: chmod o= ${path}` }
  const secret = text.value.replace(/\r?\n$/, '')
  if (/^[\x20-\x7e]{1,2000}$/.test(secret)) return { ok: true, value: secret }
  return { ok: false, error: `${path} does not hold one line of printable ASCII` }
}

/** A text without the secret, in clear or in the encodings in which it travels. */
export function withoutSecret(text: string, ...secrets: readonly string[]): string {
  const forms = secrets.flatMap((it) => [it, Buffer.from(it).toString('base64')])
  return forms.filter((it) => it !== '').reduce((rest, form) => rest.replaceAll(form, '***'), text)
}

/** Certificates in PEM, or undefined for the system's. */
export function readCertificates(path: string | null): Result<string | undefined> {
  if (path === null) return { ok: true, value: undefined }
  return readBounded(path, 1 << 20)
}
