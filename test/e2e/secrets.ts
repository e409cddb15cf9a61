// Secrets for the test's inventory, and those who want to be told them: a chat room and a mail server.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../adapters/deliver/certificate.ts'
import { REPOSITORY } from '../lab/namespace.ts'
import { type LabProcess, spawnInside } from '../lab/process.ts'
import { type Fleet, SWITCH } from '../machines/fleet.ts'
import type { Machine } from '../machines/machine.ts'
import type { Controller } from './controller.ts'

export interface Secrets {
  readonly chat: string
  readonly smtp: string
  /** keepalived takes eight characters. */
  readonly vrrp: string
}

const EXAMPLE = 'inventory/example/group_vars/recursors/vault.yml'
const CERTIFICATE = '/etc/ssl/receivers.pem'
const USER = 'recdns'

/** Such as no other text has in it by chance. */
export function makeSecrets(): Secrets {
  const random = () => crypto.randomUUID().replaceAll('-', '')
  return { chat: `Chat${random()}`, smtp: `Smtp${random()}`, vrrp: `V${random().slice(0, 7)}` }
}

/** Writes them into the example's vault, which has to be encrypted then. */
export function writeVault(controller: Controller, secrets: Partial<Secrets>): void {
  const example = readFileSync(join(REPOSITORY, EXAMPLE), 'utf8')
  const words = JSON.stringify(secrets)
  controller.write(
    'vault.yml',
    example.replace('holdfast_secrets: {}', `holdfast_secrets: ${words}`),
  )
}

/** What inventory/example says of VRRP, and what it says where the scripts of 2015 are to be heard. */
export const VERSIONS = [
  ['vrrp_version: 3', 'vrrp_version: 2\n    auth_pass_file: /etc/holdfast/secrets/vrrp'],
  ['advert_interval: 100ms', 'advert_interval: 1s'],
] as const

/** Takes the comment marks from what inventory/example proposes, and gives it real addresses. */
export function tellReceivers(controller: Controller): void {
  const uncommented = controller
    .read('notify.yml')
    .replace(/^( +)# ( *(?:\w+:|\w+: \S+))$/gm, '$1$2')
  const addressed = uncommented
    .replace('https://chat.example.net/', `https://${SWITCH.v4}:8443/`)
    .replace('server: 192.0.2.25', `server: ${SWITCH.v4}`)
    .replaceAll(/^( +)(token_file|password_file): .*$/gm, `$&\n$1ca_file: ${CERTIFICATE}`)
  controller.write('notify.yml', addressed)
}

export interface Receivers {
  readonly log: LabProcess['log']
  /** Has a host trust them. */
  introduce(host: Machine): void
}

/** They run on the switch until the fleet ends, and say who came with what. */
export async function startReceivers(fleet: Fleet, folder: string): Promise<Receivers> {
  const { cert, key } = certificateIn(folder)
  const program = join(import.meta.dir, 'receivers.ts')
  const receivers = await spawnInside(fleet.pid, 'receivers', [
    process.execPath,
    program,
    cert,
    key,
  ])
  await receivers.log.waitFor(/^ready$/)
  const certificate = await Bun.file(cert).text()
  return {
    log: receivers.log,
    introduce: (host) => host.write(CERTIFICATE, certificate),
  }
}

/** The one that hosts trust already, in the folder of a fleet that was saved; else a new one. */
function certificateIn(folder: string): { readonly cert: string; readonly key: string } {
  if (existsSync(folder)) return { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  mkdirSync(folder)
  return makeCertificate(folder, SWITCH.v4)
}

/** What the receivers print of one who comes with these. */
export function linesOf({ chat, smtp }: Secrets): readonly string[] {
  return [`chat Bearer ${chat}`, `relay ${USER} ${smtp}`]
}
