// Variables that steer the runtime inside of the executable: what it loads, whom it trusts, where it tells what.

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
