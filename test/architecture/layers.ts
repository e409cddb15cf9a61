// Who may import whom, and on which floor that puts each folder of the source.

/**
 * Each layer with the layers it may import, besides itself: every pair that there is, none that
 * there is not. A layer stands below those that import it, and above those that it imports: see
 * `floors`. Adapters have a rule of their own.
 */
export const MAY_IMPORT = {
  main: ['commands', 'cli'],
  commands: [
    ...['cli', 'runtime', 'simulate', 'doctor', 'adapters', 'view', 'drain', 'documents'],
    ...['balancer', 'keepalived', 'ports', 'host', 'bind', 'core', 'config'],
  ],
  doctor: [
    ...['view', 'documents', 'balancer', 'keepalived', 'ports', 'host', 'bind'],
    ...['core', 'config', 'dns'],
  ],
  simulate: ['view', 'documents', 'core', 'config', 'dns'],
  runtime: [
    ...['view', 'notify', 'drain', 'observers', 'documents', 'balancer', 'ports'],
    ...['core', 'config', 'dns', 'page'],
  ],
  adapters: [
    ...['notify', 'documents', 'balancer', 'keepalived', 'ports', 'host', 'core', 'config', 'dns'],
  ],
  cli: ['view', 'ports', 'config'],
  view: ['documents', 'balancer', 'core', 'config', 'dns'],
  notify: ['documents', 'balancer', 'core', 'config'],
  drain: ['documents', 'keepalived', 'core', 'config', 'dns'],
  observers: ['documents', 'ports', 'core'],
  documents: ['core', 'config', 'dns'],
  balancer: ['core', 'config', 'dns'],
  keepalived: ['host', 'core', 'config', 'dns'],
  ports: ['core', 'config', 'dns'],
  core: ['config', 'dns'],
  host: ['config', 'dns'],
  bind: ['config'],
  config: ['dns'],
  dns: [],
  // Texts, with a file beside them that puts them together.
  page: [],
} as const satisfies Record<string, readonly string[]>

export type Layer = keyof typeof MAY_IMPORT

/** The layers by floors, the ground floor first: each stands right above the highest that it may import. */
export function floors(): readonly (readonly string[])[] {
  const floorOf = (layer: Layer): number =>
    1 + Math.max(-1, ...MAY_IMPORT[layer].map((below) => floorOf(below)))
  const floor = Map.groupBy(Object.keys(MAY_IMPORT) as Layer[], floorOf)
  return Array.from({ length: floor.size }, (_, index) => floor.get(index)?.toSorted() ?? [])
}

/** `src/core/step.ts` is in core, and `src/ports.ts` is ports. */
export function layerOf(path: string): Layer | null {
  const name = /^src\/([a-z]+)(?:\/|\.ts$)/.exec(path)?.[1] ?? ''
  return Object.hasOwn(MAY_IMPORT, name) ? (name as Layer) : null
}
