// Variables that steer the runtime inside of the executable: what it loads, whom it trusts, where it tells what.
import { holdfastCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { keepalivedFact } from '../facts/keepalived-program.ts'
import { daemonFact } from '../facts/running-daemon.ts'
import { unitFact } from '../facts/systemd-unit.ts'
import type { Host } from '../host.ts'
import { restart } from '../keepalived/service.ts'
import { UNIT } from './service-unit.ts'

/** As units take them away; a test holds the units to this list. */
export const STEERING: readonly string[] = [
  // Other code, or another program altogether.
  ...['BUN_OPTIONS', 'BUN_BE_BUN', 'BUN_INSPECT', 'BUN_INSPECT_CONNECT_TO', 'BUN_INSPECT_NOTIFY'],
  ...['BUN_INSPECT_PRELOAD', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_CHANNEL_FD'],
  ...['BUN_JSC_configFile', 'BUN_JSC_functionOverrides'],
  // Files that it writes.
  ...['BUN_BYTECODE_DIGEST_OUT', 'BUN_BYTECODE_ORDER_NAMES_OUT', 'BUN_BYTECODE_ORDER_OUT'],
  ...['BUN_RUNTIME_TRANSPILER_CACHE_PATH', 'BUN_TRACE', 'NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE'],
  // Passwords and tokens in the log or in a file, and reports of crashes to somebody else.
  ...['BUN_CONFIG_VERBOSE_FETCH', 'NODE_DEBUG', 'SSLKEYLOGFILE'],
  ...['BUN_CRASH_REPORT_URL', 'BUN_ENABLE_CRASH_REPORTING'],
  // Whose certificates are believed, and who is asked on the way.
  ...['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF', 'NODE_USE_ENV_PROXY'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
]

/** Hundreds of switches of its JavaScript engine; a unit cannot name them all. */
const FAMILY = 'BUN_JSC_'

/** Those that steer, of names: values may be anybody's secret. */
export function steeringIn(names: Iterable<string>): readonly string[] {
  return [...new Set(names)]
    .filter((name) => STEERING.includes(name) || name.startsWith(FAMILY))
    .sort()
}

/** Names in /proc/PID/environ, whose entries end in NUL. */
export function environNames(text: string): readonly string[] {
  return text.split('\0').map((entry) => entry.split('=', 1)[0] ?? '')
}

/** Names in a file such as /etc/environment, with or without "export". */
export function fileNames(text: string): readonly string[] {
  const entries = text.matchAll(/^[^\S\n]*(?:export\s+)?([A-Za-z_]\w*)=/gm)
  return [...entries].map(([, name = '']) => name)
}

/** Names in systemctl's Environment=, whose entries may be quoted. */
export function unitNames(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[\s"'])([A-Za-z_]\w*)=/g)].map((match) => match[1] ?? '')
}

const NOBODY = { parent: null, vrrp: null, checker: null }

const FILES = ['/etc/environment', '/etc/default/holdfast', '/etc/default/keepalived']

export const ENVIRONMENT = holdfastCheck({
  code: 'H139',
  title: "No environment variable changes the executable's runtime",
  severity: 'warn',
  async judge(_, host) {
    const [daemon, keepalived] = await Promise.all([daemonFact(host), keepalivedFact(host)])
    const seen: string[] = []
    let hidden = 0
    const tell = (where: string, names: readonly string[]) => {
      for (const name of steeringIn(names)) seen.push(`${name} is set in ${where}`)
    }
    const { parent, vrrp, checker } = keepalived.kind === 'running' ? keepalived : NOBODY
    const watched = [daemon.kind === 'running' ? daemon.process : null, parent, vrrp, checker]
    for (const { pid, comm } of watched.filter((process) => process !== null)) {
      const environ = host.inspect.text(`/proc/${pid}/environ`)
      if (environ.ok) tell(`process ${pid} (${comm})`, environNames(environ.value))
      else if (environ.why === 'denied') hidden++
    }
    for (const file of FILES) {
      const read = host.inspect.text(file)
      if (read.ok) tell(file, fileNames(read.value))
    }
    tell(UNIT, await unitVariables(host))
    const { env } = host.inspect
    const own = Object.keys(env).filter((name) => env[name] !== undefined)
    tell('your own environment', own)
    if (seen.length > 0)
      return trouble(`The environment changes the executable's runtime`, seen, [
        '# Remove the variables where they are set.',
        `# Or in the unit: UnsetEnvironment=${STEERING.join(' ')}`,
        'systemctl restart holdfast',
        ...(await restart(host)),
      ])
    return hidden === 0 ? ok('none is set') : skip('needs root to see the environment of processes')
  },
})

/** What the unit sets and does not take away again. */
async function unitVariables(host: Host): Promise<readonly string[]> {
  const unit = await unitFact(host, UNIT)
  if (isSkip(unit)) return []
  const unset = new Set((unit.get('UnsetEnvironment') ?? '').split(/\s+/))
  return unitNames(unit.get('Environment') ?? '').filter((name) => !unset.has(name))
}
