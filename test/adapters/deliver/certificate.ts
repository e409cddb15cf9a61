// A certificate that signs itself, for servers under test.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Makes a key and a certificate for a name or an address, in files of `folder`. */
export function makeCertificate(folder: string, name: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const kind = /^[0-9.]+$|:/.test(name) ? 'IP' : 'DNS'
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${kind}:${name}`],
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'pipe' },
  )
  return { cert, key }
}
