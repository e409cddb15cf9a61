// A host with named, exim and a network, on which the daemon tells what keepalived notifies.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chooseHoldfast } from '../lab/holdfast.ts'
import { createHost, type Host, type Program, REPOSITORY, whyNoHost } from '../runtime/host.ts'
import { eventually } from '../runtime/lines.ts'
import { configText, createPlace, type Place, QUICK } from '../runtime/subject.ts'
import { createMta, type Mail, type Mta, whyNoMta } from './mta.ts'

/** Null where it can be had, else the reason in a sentence. */
export const whyNoTelling: string | null = whyNoHost ?? whyNoMta
if (whyNoTelling !== null) console.log(`skipped: ${whyNoTelling}`)

export const HOLDFAST =
  chooseHoldfast() === 'built'
    ? [join(REPOSITORY, 'dist/holdfast')]
    : [process.execPath, join(REPOSITORY, 'src/main.ts')]

/** Mail at once by the default channel, which is SMTP to this host, to one mailbox. */
export const NOTIFY = '[notify]\nto = ["hostmaster"]\ngroup_wait = "0s"\ngroup_interval = "0s"\n'

export interface Telling extends AsyncDisposable {
  readonly host: Host
  readonly mta: Mta
  readonly named: Program
  /** A place whose config tells by mail, or as `toml` says. */
  placeWith(toml: string): Place
  /** What such a place's config says. */
  configOf(place: Place, toml: string): string
  /** What keepalived runs. */
  notify(place: Place, ...words: readonly string[]): void
  /** The events in the spool, by file name. */
  spooled(place: Place): string[]
  untilUnspooled(place: Place): Promise<void>
  /** The first mail that comes after `act`. */
  nextMail(act: () => void): Promise<Mail>
}

export async function createTelling(): Promise<Telling> {
  const host = await createHost()
  host.ip('link add vrrp0 type veth peer name vrrp1')
  host.ip('link set vrrp1 up')
  host.ip('link set vrrp0 up')
  host.ip('addr add 192.0.2.1/24 dev vrrp0')
  const mta = createMta(host)
  await mta.listen()
  const named = await host.startNamed()

  const configOf = (place: Place, toml: string) => configText(place, `${QUICK}${toml}`)

  function spooled(place: Place): string[] {
    const folder = host.path(join(place.stateDir, 'spool'))
    const names = existsSync(folder) ? readdirSync(folder) : []
    return names.filter((name) => name.endsWith('.event'))
  }

  return {
    host,
    mta,
    named,
    placeWith(toml) {
      const place = createPlace(host)
      place.writeConfig(configOf(place, toml))
      return place
    },
    configOf,
    notify(place, ...words) {
      const folders = ['--state-dir', place.stateDir, '--run-dir', place.runDir]
      const command = [...HOLDFAST, 'notify', ...folders, ...words]
      host.sh(command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '))
    },
    spooled,
    untilUnspooled: (place) =>
      eventually(
        () => spooled(place).length === 0,
        () => `the spool is empty, not ${spooled(place)}`,
      ),
    async nextMail(act) {
      const before = mta.mails().length
      act()
      const mail = (await mta.untilMails(before + 1))[before]
      if (mail === undefined) throw new Error('there is no mail')
      return mail
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}
