// keepalived.conf without its secrets, for eyes and bundles.

export const MASK = '***'

/** The text with a mask in place of every password in it. Lines keep their places. */
export function withoutSecrets(text: string): string {
  return text.replace(/(\bauth_pass[ \t]+)\S.*$/gm, `$1${MASK}`)
}
