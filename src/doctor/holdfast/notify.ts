// Notification: events that wait, channels that fail, and secrets that are none.
import type { Config } from '../../config/config.ts'
import type { ChannelConfig } from '../../config/notify-table.ts'
import { isEventId } from '../../documents/spooled-event.ts'
import type { StatusDocument } from '../../documents/status-document.ts'
import { durationText, isoTime } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { ownership } from '../facts/accounts.ts'
import { configFact, foldersOf, vrrpFact } from '../facts/loaded-config.ts'
import { livingDaemonFact, speakingDaemonFact } from '../facts/running-daemon.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'

/** Related transitions are waited for, and one digest collects what a minute brings. The page says it (H151). */
const STUCK_MS = 5 * 60_000
const SUFFIX = '.event'

/** When an event was noted: its name begins with the milliseconds since 1970. */
export function notedWallMs(name: string): number | null {
  const id = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : ''
  return isEventId(id) ? Number.parseInt(id, 10) : null
}

export const SPOOL = holdfastCheck({
  code: 'H151',
  title: 'No notifications are stuck in the spool',
  severity: 'warn',
  needs: { daemon: livingDaemonFact, folders: foldersOf },
  wants: { config: configFact },
  judge({ daemon, config, folders: { stateDir } }, host) {
    const folder = `${stateDir}/spool`
    const names = host.inspect.list(folder)
    if (!names.ok) return skip(names.why === 'denied' ? `needs root to see ${folder}` : names.error)
    if (daemon.status.kind === 'fresh' && failingChannels(daemon.status.document).length > 0)
      return skip('because of H152: a notification channel fails')
    const limitMs = Math.max(STUCK_MS, 2 * (config?.notify.groupIntervalMs ?? 0))
    const now = host.inspect.clock.wallMs()
    const events = names.value.filter((name) => notedWallMs(name) !== null)
    const old = events.filter((name) => now - (notedWallMs(name) ?? now) > limitMs)
    if (old.length === 0) return ok(`${events.length} waiting, none for long`)
    const oldestMs = notedWallMs(old[0] ?? '') ?? now
    return trouble(
      `${old.length} ${old.length === 1 ? 'notification is' : 'notifications are'} stuck in the spool, the oldest for ${durationText(now - oldestMs)}`,
      old.slice(0, 3).map((name) => `${folder}/${name}: stored ${isoTime(notedWallMs(name) ?? 0)}`),
      [
        'journalctl -u holdfast | grep -e event -e spool',
        shell`ls -l ${folder}`,
        'holdfast status',
      ],
    )
  },
})

function failingChannels({ complaints }: StatusDocument): readonly string[] {
  return complaints.filter((text) => text.startsWith('channel '))
}

export const CHANNELS = holdfastCheck({
  code: 'H152',
  title: 'Every notification channel delivers',
  severity: 'warn',
  needs: { daemon: speakingDaemonFact, config: configFact },
  judge({ daemon, config }, host) {
    const names = config.notify.channels.map(({ name }) => name)
    if (names.length === 0) return skip('the configuration has no [notify]')
    const failing = failingChannels(daemon.status)
    if (failing.length === 0) return ok(names.join(', '))
    return trouble('Not every notification channel delivers', failing, [
      'journalctl -u holdfast | grep channel',
      'mailq',
      `# See [notify] in ${host.paths.configFile}.`,
    ])
  },
})

/** Files that hold a secret, by the key that names them. */
function secretFiles(config: Config, keepalivedSecret: string | null): readonly [string, string][] {
  const ofChannel = (channel: ChannelConfig): [string, string][] => {
    const at = `notify.channels.${channel.name}`
    switch (channel.type) {
      case 'smtp':
        return channel.login === null ? [] : [[`${at}.password_file`, channel.login.passwordFile]]
      case 'webhook':
        return channel.tokenFile === null ? [] : [[`${at}.token_file`, channel.tokenFile]]
      case 'sendmail':
      case 'command':
        return []
      default:
        return channel satisfies never
    }
  }
  const files = config.notify.channels.flatMap(ofChannel)
  return keepalivedSecret === null
    ? files
    : [...files, ['keepalived.auth_pass_file', keepalivedSecret]]
}

const OTHERS = 0o007

export const SECRETS = holdfastCheck({
  code: 'H153',
  title: 'Secret files exist and are not world-readable',
  severity: 'warn',
  needs: { config: configFact },
  wants: { vrrp: vrrpFact },
  judge({ config, vrrp }, host) {
    const files = secretFiles(config, vrrp?.authPassFile ?? null)
    if (files.length === 0) return skip('the configuration has no secret files')
    const flaws = files.flatMap(([key, path]) => secretFlaw(host, key, path))
    const hidden = flaws.find((flaw) => flaw.kind === 'hidden')
    const seen = flaws.filter((flaw) => flaw.kind !== 'hidden')
    if (seen.length > 0)
      return trouble(
        seen.map(({ path, kind }) => `${path} is ${FLAWS[kind]}`).join('; '),
        seen.map((flaw) => flaw.line),
        seen.flatMap(secretRemedy),
      )
    if (hidden !== undefined) return skip(`needs root to look at ${hidden.path}`)
    return ok(files.map(([, path]) => path).join(', '))
  },
})

/** The fact that is false, in a word or two. */
const FLAWS = { missing: 'missing', open: 'world-readable', hidden: 'hidden' } as const

interface SecretFlaw {
  readonly kind: 'missing' | 'open' | 'hidden'
  readonly key: string
  readonly path: string
  readonly line: string
}

function secretFlaw(host: Host, key: string, path: string): readonly SecretFlaw[] {
  const real = host.inspect.real(path)
  const facts = real.ok ? host.inspect.stat(real.value) : real
  if (!facts.ok) {
    const kind = facts.why === 'denied' ? 'hidden' : 'missing'
    return [{ kind, key, path, line: `${key}: ${facts.error}` }]
  }
  if ((facts.value.mode & OTHERS) === 0) return []
  const line = `${key}: ${path}: ${ownership(host, facts.value)}`
  return [{ kind: 'open', key, path, line }]
}

function secretRemedy({ kind, key, path }: SecretFlaw): readonly string[] {
  if (kind !== 'missing') return [shell`ls -l ${path}`, shell`chmod o= ${path}`]
  // The daemon delivers, and root renders.
  const access = key.startsWith('notify.') ? ['-g', 'holdfast', '-m', '0640'] : ['-m', '0600']
  return [shell`install -D ${access} /dev/null ${path}`, `# Then write the secret into ${path}.`]
}
