// Reads what ansible-playbook sums up at its end. Pure.

export interface Recap {
  readonly ok: number
  readonly changed: number
  readonly unreachable: number
  readonly failed: number
  readonly skipped: number
}

const LINE =
  /^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)\s+skipped=(\d+)/gm

/** One entry a host that took part, in the order of the summary. */
export function readRecap(text: string): Record<string, Recap> {
  const from = text.lastIndexOf('PLAY RECAP')
  if (from === -1) return {}
  const lines = [...text.slice(from).matchAll(LINE)]
  return Object.fromEntries(
    lines.map(([, host, ok, changed, unreachable, failed, skipped]) => [
      host,
      {
        ok: Number(ok),
        changed: Number(changed),
        unreachable: Number(unreachable),
        failed: Number(failed),
        skipped: Number(skipped),
      },
    ]),
  )
}
