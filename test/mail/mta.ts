// Debian's exim on a host under test: local delivery into one mailbox, SMTP with STARTTLS and a password.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../adapters/deliver/certificate.ts'
import type { Host, Program } from '../runtime/host.ts'
import { eventually } from '../runtime/lines.ts'

/** Null where exim is, else the reason in a sentence. */
export const whyNoMta: string | null =
  Bun.which('exim4', { PATH: '/usr/sbin:/sbin' }) === null ? 'there is no exim4 here' : null

export interface Mail {
  /** Unfolded, by lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface Mta {
  readonly user: string
  readonly passwordFile: string
  readonly certificate: string
  /** Mails in the mailbox, oldest first. */
  mails(): readonly Mail[]
  untilMails(count: number): Promise<readonly Mail[]>
  /** Addresses that mail in the queue waits for. */
  queue(): string
  /** Tries to deliver all that waits. */
  runQueue(): void
  /** Whether mail can be put into the mailbox. */
  setMailbox(works: boolean): void
  /** Serves SMTP on 127.0.0.1: port 25 in clear, 587 with STARTTLS, 465 with TLS. */
  listen(): Promise<Program>
}

const PASSWORD = 'correct horse battery staple'

/** Mounts of its own, so that the machine's mail system is as it was. */
export function createMta(host: Host, domain = 'example.net'): Mta {
  const folder = join(host.folder, 'mta')
  mkdirSync(folder, { recursive: true })
  const { cert, key } = makeCertificate(folder, 'mail.example.net')
  chmodSync(host.folder, 0o755)
  host.sh(`
    for folder in /etc/exim4 /var/spool/exim4 /var/log/exim4 /var/mail; do
      mount -t tmpfs -o mode=0755 mta "$folder"
    done
    chown Debian-exim:Debian-exim /var/spool/exim4 /var/log/exim4
    chown mail:mail /var/mail
    cp ${cert} ${key} /etc/exim4
    chown root:Debian-exim /etc/exim4/key.pem
    echo '${domain}' >${folder}/mailname
    mount --bind ${folder}/mailname /etc/mailname
    chmod 640 /etc/exim4/key.pem`)
  const conf = join(folder, 'exim4.conf')
  writeFileSync(conf, configuration(domain))
  host.sh(`install -m 0644 ${conf} /etc/exim4/exim4.conf`)
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 })
  const mails = () => readMailbox(host)
  return {
    user: 'ns1',
    passwordFile,
    certificate: cert,
    mails,
    async untilMails(count) {
      await eventually(
        // Only when the queue is empty is the last of them written to its end.
        () => mails().length >= count && host.sh('exim4 -bp') === '',
        () => {
          const subjects = mails().map(({ headers }) => headers.get('subject'))
          return `${count} mails, not ${subjects.join(', ')}; the queue is ${host.sh('exim4 -bp')}`
        },
      )
      return mails()
    },
    queue: () => host.sh('exim4 -bp'),
    runQueue: () => void host.sh('exim4 -qff'),
    setMailbox: (works) =>
      void host.sh(
        `chmod ${works ? 755 : 0} /var/mail; chown ${works ? 'mail' : 'root'} /var/mail`,
      ),
    async listen() {
      const exim = host.start(['exim4', '-bdf', '-d-all+acl', '-oX', '25:587:465'])
      await eventually(
        () => host.sh('cat /proc/net/tcp').includes(':024B '),
        () => `exim listens\n${exim.lines.all.join('\n')}`,
      )
      return exim
    },
  }
}

function configuration(domain: string): string {
  return `primary_hostname = ns1.${domain}
qualify_domain = ${domain}
domainlist local_domains = ${domain}
host_lookup =
rfc1413_hosts =
local_interfaces = 127.0.0.1
tls_on_connect_ports = 465
tls_advertise_hosts = *
tls_certificate = /etc/exim4/cert.pem
tls_privatekey = /etc/exim4/key.pem
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = rcpt
acl_smtp_data = data
ignore_bounce_errors_after = 2d
keep_environment =
begin acl
rcpt:
  deny local_parts = refused
  accept condition = \${if eq{$received_port}{25}}
  accept authenticated = *
  deny message = log in first
data:
  accept
begin routers
all:
  driver = accept
  domains = +local_domains
  transport = mailbox
begin transports
mailbox:
  driver = appendfile
  file = /var/mail/all
  user = mail
  group = mail
  delivery_date_add
  envelope_to_add
begin retry
*  *  F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{ns1}}{eq{$auth3}{${PASSWORD}}}}}
  server_set_id = $auth2
`
}

/** The mbox format: a line that begins with "From " begins a mail. */
function readMailbox(host: Host): readonly Mail[] {
  if (!readdirSync(host.path('/var/mail')).includes('all')) return []
  const text = readFileSync(host.path('/var/mail/all'), 'utf8')
  return text
    .split(/^From .*\n/m)
    .slice(1)
    .map((mail) => {
      const end = mail.indexOf('\n\n')
      const lines = mail
        .slice(0, end)
        .replace(/\n[ \t]+/g, ' ')
        .split('\n')
      const headers = new Map(
        lines.map((line) => {
          const colon = line.indexOf(':')
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
        }),
      )
      return { headers, body: mail.slice(end + 2).replace(/\n$/, '') }
    })
}
