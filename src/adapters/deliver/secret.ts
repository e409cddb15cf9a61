// Passwords and tokens: one line in a file that others cannot read.
import type { Result } from '../../ports.ts'
import { readBounded, readSecretFile } from '../atomic-file.ts'

/** The file's one line. An error names the file and never what is in it. */
export function readSecret(path: string): Result<string> {
  const text = readSecretFile(path)
  if (!text.ok) return text
  const secret = text.value.replace(/\r?\n$/, '')
  if (/^[\x20-\x7e]{1,2000}$/.test(secret)) return { ok: true, value: secret }
  return { ok: false, error: `${path} does not hold one line of printable ASCII` }
}

/** A text without the secret, in clear or in the encodings in which it travels. */
export function withoutSecret(text: string, ...secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
  return forms
    .filter((form) => form !== '')
    .reduce((rest, form) => rest.replaceAll(form, '***'), text)
}

/** Certificates in PEM, or undefined for the system's. */
export function readCertificates(path: string | null): Result<string | undefined> {
  if (path === null) return { ok: true, value: undefined }
  return readBounded(path, 1 << 20)
}
