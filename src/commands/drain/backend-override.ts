// Where the order about a load balancer's real server is kept.

/** @param backend SERVICE.SERVER, as the configuration has it */
export function backendOverridePath(stateDir: string, backend: string): string {
  return `${stateDir}/backend/${backend}.json`
}
