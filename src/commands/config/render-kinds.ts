// Reads what the documents of render-config are made of, renders them, and has them tested.
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { normalize } from 'node:path'
import { readBounded, readSecretFile } from '../../adapters/atomic-file.ts'
import { readConfigText } from '../../adapters/config-file.ts'
import {
  keepalivedVersion,
  type TestResult,
  testKeepalivedConf,
  testNamedConf,
  testNftFile,
} from '../../adapters/config-test.ts'
import { whyNotTrusted, withoutLinkedFolders } from '../../adapters/trusted-program.ts'
import {
  BIND_EXEMPT_FILE,
  BIND_LISTEN_FILE,
  BIND_OPTIONS_FILE,
  BIND_ZONE_FILE,
  renderBindExempt,
  renderBindListen,
  renderBindOptions,
  renderBindZone,
} from '../../bind/options.ts'
import type { Config } from '../../config/config.ts'
import { forgottenServers, parseOrder, unknownServers } from '../../config/order-file.ts'
import { parseConfig, parseRenderable, type Renderable } from '../../config/parse.ts'
import { adviceOn } from '../../config/render-rules.ts'
import type { PlacedComplaint } from '../../config/text/complaint.ts'
import type { Diagnostic } from '../../config/text/diagnostic.ts'
import { parseSecret, type VrrpConfig } from '../../config/vrrp-config.ts'
import { renderLoopback } from '../../host/loopback-addresses.ts'
import { renderNft } from '../../host/nft.ts'
import { renderSysctl } from '../../host/sysctl.ts'
import { MASK, renderKeepalived } from '../../keepalived/configuration.ts'
import { parseRelease } from '../../keepalived/release.ts'

export const KINDS = [
  'keepalived',
  'bind',
  'bind-listen',
  'bind-exempt',
  'bind-zone',
  'sysctl',
  'loopback',
  'nft',
] as const
export type Kind = (typeof KINDS)[number]

export interface RenderedFile {
  readonly kind: Kind
  readonly text: string
  /** The text without its secret. */
  readonly shown: string
  /** Whether there is one. */
  readonly secret: boolean
  readonly installedAt: string
  /** The program that tests it, and what it said; null where there is none. */
  readonly tester: string | null
  readonly result: TestResult | null
  /** What makes an installed file count. */
  readonly next: string
}

export type Rendering =
  | {
      readonly kind: 'rendered'
      readonly documents: readonly RenderedFile[]
      readonly notes: readonly string[]
    }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'failed'; readonly why: string }

const MAX_BYTES = 16 * 1024 * 1024

/** @param file the configuration as the operator named it */
export function renderKinds(file: string, kinds: readonly Kind[]): Rendering {
  const read = readConfigText(file)
  if (!read.ok) return { kind: 'failed', why: read.error }
  const context = { file, hostname: hostname() }
  if (!kinds.includes('keepalived')) {
    const parsed = parseConfig(read.value, context)
    if (!parsed.ok) return { kind: 'refused', diagnostics: parsed.diagnostics }
    const documents = kindsFor(parsed.value, kinds).flatMap((kind) =>
      kind === 'keepalived' ? [] : renderPlain(kind, parsed.value, interfacesOf(read.value)),
    )
    return { kind: 'rendered', documents, notes: [] }
  }
  const parsed = parseRenderable(read.value, context)
  if (!parsed.ok) return { kind: 'refused', diagnostics: parsed.diagnostics }
  const { config, vrrp } = parsed.value
  const findings = [
    readSecret(vrrp),
    lookAtProgram(vrrp),
    ...config.clusters.map((cluster) => readOrder(cluster, vrrp)),
  ]
  const diagnostics = [
    ...parsed.value.place(findings.flatMap((finding) => finding.complaints)),
    ...findings.flatMap((finding) => finding.diagnostics),
  ]
  if (diagnostics.length > 0) return { kind: 'refused', diagnostics }
  const distrust = vrrp.scriptUser === 'root' ? whyNotTrusted(vrrp.holdfastPath) : null
  if (distrust !== null) {
    const why = `keepalived would run ${vrrp.holdfastPath} as root, but ${distrust}: fix that, or set script_user = "…"`
    return { kind: 'failed', why }
  }
  const secret = findings[0]?.secret ?? null
  const interfaces = vrrp.instances.map((instance) => instance.interface)
  const documents = kindsFor(config, kinds).map((kind) =>
    kind === 'keepalived'
      ? keepalivedConf(parsed.value, secret)
      : renderPlain(kind, config, interfaces),
  )
  const notes = [...findings.flatMap((finding) => finding.notes), ...adviceOn(vrrp)]
  return { kind: 'rendered', documents, notes }
}

/** Parts of `bind`, for those who cannot include all of it. */
const PARTS: readonly Kind[] = ['bind-listen', 'bind-exempt']

/**
 * Of all kinds, those that belong on a host: rules of nftables on balancers alone, and parts of another
 * document where they are installed. One that is asked for by name is rendered in any case.
 */
function kindsFor({ balancer }: Config, kinds: readonly Kind[]): readonly Kind[] {
  if (kinds.length === 1) return kinds
  return kinds.filter((kind) => {
    if (kind === 'nft') return balancer !== null
    return !PARTS.includes(kind) || existsSync(PLAIN_KINDS[kind as PlainName].installedAt)
  })
}

/** What service addresses come to, as far as the configuration says enough for keepalived. */
function interfacesOf(text: string): readonly string[] {
  const parsed = parseRenderable(text, { file: '', hostname: hostname() })
  return parsed.ok ? parsed.value.vrrp.instances.map((instance) => instance.interface) : []
}

/** Where keepalived follows files of the daemon's. */
function trackFolders({ paths, balancer }: Config): readonly string[] {
  const names = balancer === null ? ['priority'] : ['priority', 'weight']
  return names.map((name) => `${paths.runDir}/${name}`)
}

function keepalivedConf({ config, vrrp }: Renderable, secret: string | null): RenderedFile {
  const release = parseRelease(keepalivedVersion() ?? '')
  const site = { server: config.server.name, ...config.paths, release }
  const text = renderKeepalived(vrrp, { ...site, secret })
  return {
    kind: 'keepalived',
    text,
    shown: secret === null ? text : renderKeepalived(vrrp, { ...site, secret: MASK }),
    secret: secret !== null,
    installedAt: '/etc/keepalived/keepalived.conf',
    tester: 'keepalived',
    result: testKeepalivedConf(text, trackFolders(config)),
    next: 'systemctl reload keepalived',
  }
}

type PlainName = Exclude<Kind, 'keepalived'>

/** A document that is made of the configuration alone. */
interface PlainKind {
  readonly installedAt: string
  readonly next: string
  readonly tester?: string
  readonly test?: (text: string) => TestResult
  render(config: Config, interfaces: readonly string[]): string
}

const PLAIN_KINDS: Readonly<Record<PlainName, PlainKind>> = {
  bind: {
    installedAt: BIND_OPTIONS_FILE,
    next: 'include it inside of options, then rndc reconfig',
    tester: 'named-checkconf',
    test: (text) => testNamedConf(text, 'options'),
    render: renderBindOptions,
  },
  'bind-listen': {
    installedAt: BIND_LISTEN_FILE,
    next: 'include it inside of options, then rndc reconfig',
    tester: 'named-checkconf',
    test: (text) => testNamedConf(text, 'options'),
    render: renderBindListen,
  },
  'bind-exempt': {
    installedAt: BIND_EXEMPT_FILE,
    next: 'include it inside of rate-limit, then rndc reconfig',
    tester: 'named-checkconf',
    test: (text) => testNamedConf(text, 'rate-limit'),
    render: renderBindExempt,
  },
  'bind-zone': {
    installedAt: BIND_ZONE_FILE,
    next: 'include it outside of options, or in a view, then rndc reconfig',
    tester: 'named-checkconf',
    test: (text) => testNamedConf(text, 'top'),
    render: renderBindZone,
  },
  sysctl: {
    installedAt: '/etc/sysctl.d/90-holdfast.conf',
    next: 'sysctl --system',
    render: renderSysctl,
  },
  loopback: {
    installedAt: '/etc/holdfast/loopback.ip',
    next: 'systemctl reload-or-restart holdfast-loopback',
    render: renderLoopback,
  },
  nft: {
    installedAt: '/etc/holdfast/balancer.nft',
    next: 'systemctl restart holdfast-marks',
    tester: 'nft',
    test: testNftFile,
    render: renderNft,
  },
}

function renderPlain(kind: PlainName, config: Config, interfaces: readonly string[]): RenderedFile {
  const { installedAt, next, tester = null, test, render } = PLAIN_KINDS[kind]
  const text = render(config, interfaces)
  const result = test?.(text) ?? null
  return { kind, text, shown: text, secret: false, installedAt, tester, result, next }
}

/** What another file brought up: complaints have their place in the configuration. */
interface Findings {
  readonly complaints: readonly PlacedComplaint[]
  readonly diagnostics: readonly Diagnostic[]
  readonly notes: readonly string[]
  readonly secret: string | null
}

const NOTHING: Findings = { complaints: [], diagnostics: [], notes: [], secret: null }

function readSecret({ authPassFile }: VrrpConfig): Findings {
  if (authPassFile === null) return NOTHING
  const refuse = (text: string, hint: string): Findings => {
    const complaint = {
      code: 'E_AUTH',
      path: ['keepalived', 'auth_pass_file'],
      text,
      hint,
    } as const
    return { ...NOTHING, complaints: [complaint] }
  }
  const read = readSecretFile(authPassFile)
  if (!read.ok) return refuse(read.error, `chown root ${authPassFile}; chmod 600 ${authPassFile}`)
  const secret = parseSecret(read.value)
  if (!secret.ok) return refuse(`${authPassFile}: ${secret.complaint.text}`, secret.complaint.hint)
  return { ...NOTHING, secret: secret.value }
}

/** Not for another user than root, for whom keepalived takes any path. */
function lookAtProgram({ holdfastPath, scriptUser }: VrrpConfig): Findings {
  const path = scriptUser === 'root' ? withoutLinkedFolders(holdfastPath) : holdfastPath
  if (path === normalize(holdfastPath)) return NOTHING
  const text = `a folder of ${holdfastPath} is a symbolic link, and keepalived 2.3 runs nothing there`
  const hint = `write holdfast_path = "${path}", or the path of a link to it: the last part may be one`
  const complaint = { code: 'E_RENDER', path: ['keepalived', 'holdfast_path'], text, hint } as const
  return { ...NOTHING, complaints: [complaint] }
}

/** The order can only be held against servers that the configuration knows. */
function readOrder({ name, orderFile }: Config['clusters'][number], vrrp: VrrpConfig): Findings {
  const servers = vrrp.servers.map((server) => server.name)
  if (servers.length === 0) return NOTHING
  const read = readBounded(orderFile, MAX_BYTES)
  if (!read.ok)
    return { ...NOTHING, notes: [`the server order of ${name} was not checked: ${read.error}`] }
  const order = parseOrder(read.value, orderFile)
  if (!order.ok) return { ...NOTHING, diagnostics: order.diagnostics }
  return {
    ...NOTHING,
    complaints: forgottenServers(read.value, orderFile, name, servers),
    diagnostics: unknownServers(read.value, orderFile, servers),
  }
}
