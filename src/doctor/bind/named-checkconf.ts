// named's configuration files: whether named would accept them, and whether it has read them.
import { bindCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { namedConfFact } from '../facts/named-conf.ts'
import { namedFilesFact } from '../facts/named-includes.ts'
import { rndcFact } from '../facts/rndc.ts'
import { runningNamedFact, servingFact } from './serving.ts'

export const ACCEPTED = bindCheck({
  code: 'H405',
  title: 'named accepts its configuration',
  severity: 'fail',
  needs: { serving: servingFact },
  async judge({ serving }, host) {
    if (serving.kind === 'other') return skip(`not named but ${serving.who} serves DNS`)
    if (serving.kind === 'nobody' && serving.named.program.kind === 'missing')
      return skip('BIND is not installed: H401')
    const conf = await namedConfFact(host)
    switch (conf.kind) {
      case 'unreadable':
        return skip(conf.why)
      case 'conf':
        return ok(`named-checkconf ${conf.file} has no complaint`)
      case 'refused':
        return trouble(
          `named-checkconf refuses ${conf.file}: ${conf.said[0] ?? 'it does not say why'}`,
          conf.said,
          [
            `named-checkconf ${conf.file}`,
            `mend the line, then: ${serving.kind === 'named' ? 'rndc reconfig' : 'systemctl restart named'}`,
          ],
        )
      default:
        return conf satisfies never
    }
  },
})

export const READ = bindCheck({
  code: 'H406',
  title: 'named has read its configuration as it is now',
  severity: 'warn',
  needs: { named: runningNamedFact },
  async judge(_, host) {
    const [conf, files, status] = await Promise.all([
      namedConfFact(host),
      namedFilesFact(host),
      rndcFact(host),
    ])
    if (conf.kind === 'refused') return skip('named could not read it: H405')
    if (isSkip(status)) return status
    const newer = files.filter((file) => file.modifiedMs >= status.configuredMs + GRAIN_MS)
    const [first] = newer
    if (first === undefined)
      return ok(`${files.length} files, none newer than named’s last reading`)
    return trouble(
      `${first.path} is newer than what named runs with`,
      [
        `rndc status: ${status.line}`,
        ...newer.map(
          (confFile) => `${confFile.path}: written ${new Date(confFile.modifiedMs).toUTCString()}`,
        ),
      ],
      ['named-checkconf', 'rndc reconfig'],
    )
  },
})

/** rndc tells whole seconds, cut off. */
const GRAIN_MS = 1000
