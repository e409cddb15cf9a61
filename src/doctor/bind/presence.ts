// Whether there is a DNS server here, and whether it runs.
import { bindCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { namedConfFact } from '../facts/named-conf.ts'
import { unitFact } from '../facts/systemd-unit.ts'
import type { Host } from '../host.ts'
import { servingFact } from './serving.ts'

export const INSTALLED = bindCheck({
  code: 'H401',
  title: 'BIND is installed',
  severity: 'fail',
  needs: { serving: servingFact },
  judge({ serving }) {
    if (serving.kind === 'other') return skip(`not named but ${serving.who} serves DNS`)
    const { program, processes } = serving.named
    if (program.kind === 'installed') return ok(program.version)
    if (processes[0] !== undefined) return ok(`named runs as process ${processes[0].pid}`)
    if (program.kind === 'unknown') return skip(program.why)
    return trouble(
      'There is no DNS server on this host',
      [
        'no program named in PATH or in the folders for administrators',
        'no process listens on UDP port 53 of a local address',
      ],
      ['apt-get install bind9'],
    )
  },
})

export const RUNS = bindCheck({
  code: 'H402',
  title: 'A DNS server runs',
  severity: 'fail',
  needs: { serving: servingFact },
  async judge({ serving }, host) {
    switch (serving.kind) {
      case 'named':
        return ok(
          `named runs as process ${serving.named.processes.map((process) => process.pid).join(', ')}`,
        )
      case 'other':
        return ok(`not named but ${serving.who} serves DNS`)
      case 'nobody':
        if (serving.named.program.kind === 'missing') return skip('BIND is not installed: H401')
        return trouble(
          'named does not run, and nothing else answers on port 53',
          [
            'no process has the name "named"',
            'no process listens on UDP port 53 of a local address',
            ...(await unitState(host)),
            ...((await namedConfFact(host)).kind === 'refused'
              ? ['its configuration keeps it from starting: H405 tells where']
              : []),
          ],
          ['journalctl -u named -n 50', 'named-checkconf', 'systemctl start named'],
        )
      default:
        return serving satisfies never
    }
  },
})

async function unitState(host: Host): Promise<readonly string[]> {
  const unit = await unitFact(host, 'named.service')
  if (isSkip(unit)) return []
  const say = (name: string) => unit.get(name) ?? ''
  return [`named.service is ${say('ActiveState')} (${say('SubState')}), result ${say('Result')}`]
}
