// The installed keepalived.conf before its judges: keepalived's own test, and what holdfast renders.
import { withoutSecrets } from '../../keepalived/configuration.ts'
import { keepalivedCheck } from '../categories.ts'
import { asRoot, type DoctorCheck, ok, skip, trouble } from '../doctor-check.ts'
import { installedFact, modelFact, renderedFact } from '../facts/keepalived-conf.ts'
import { carriers, modelOf } from '../facts/keepalived-model.ts'
import { configFact, instancesIn } from '../facts/loaded-config.ts'
import { findingOf } from '../finding.ts'
import { RUN_FOLDERS } from '../holdfast/folders.ts'
import { MULTICAST, PRESENT } from '../network/link-states.ts'
import { difference, IN_FORCE } from './file.ts'
import { BENT, SILENCED, TURNED_AWAY } from './harms.ts'
import { INSTALLED, instancesFact } from './installed.ts'
import { KNOWN } from './known-faults.ts'
import { FOLDER } from './published.ts'
import { DROPPED, NOTIFIES, PROGRAMS, SECURITY } from './scripts.ts'
import { renderAgain } from './service.ts'
import { FAMILIES, ORDERED, PREEMPTS, SYNC } from './silent-misconfig.ts'
import { DEAD_MANS_SWITCH, FOLLOWS } from './tracking.ts'

/** 2.2.7 ends itself by SIGTERM when scripts are not run by root, after all that it has to say. */
const ENDED_BY_SIGTERM = 143
const INSECURE = 6

/** The test of a keepalived from 2.2.8 on complains of a missing folder, too. */
const EXPLAINED: readonly DoctorCheck[] = [
  ...[ORDERED, FAMILIES, SYNC, SECURITY, PROGRAMS, RUN_FOLDERS, FOLDER, PRESENT, MULTICAST],
]

export const TESTED = keepalivedCheck({
  code: 'H205',
  title: "keepalived.conf passes keepalived's own test",
  severity: 'fail',
  explainedBy: EXPLAINED,
  needs: { model: modelFact, root: asRoot('keepalived tests its file as root only') },
  async judge(_, host) {
    const path = host.paths.keepalivedConf
    const run = await host.inspect.run('keepalived', ['--config-test', `--use-file=${path}`])
    if (!run.ok) {
      const isGone = (await findingOf(host, INSTALLED)).kind === 'trouble'
      return skip(isGone ? 'because of H201: keepalived is not installed' : run.error)
    }
    const { code, stdout, stderr } = run.value
    const said = withoutSecrets(`${stdout}${stderr}`)
      .split('\n')
      .filter((line) => line.trim() !== '')
    if (code === 0 || (code === ENDED_BY_SIGTERM && said.length === 0)) return ok(path)
    const why = code === INSECURE ? ': its scripts are insecure' : ''
    return trouble(
      `keepalived --config-test rejects ${path}${why}`,
      [...said.slice(0, 20), `exit code ${code}`],
      [`keepalived --config-test --use-file=${path}`, ...(await renderAgain(host))],
    )
  },
})

export const STRANGERS = keepalivedCheck({
  code: 'H225',
  title: 'Every running vrrp_instance is in holdfast.toml',
  severity: 'warn',
  explainedBy: [IN_FORCE],
  needs: { config: configFact, instances: instancesFact },
  wants: { rendered: renderedFact },
  async judge({ instances, config, rendered }, host) {
    const meant = rendered === null ? [] : modelOf(rendered.conf).instances
    const own = instancesIn(config)
    const known = new Set(own.flatMap((instance) => carriers(instance, instances)))
    const strangers = instances.filter(
      (running) => !known.has(running) && !meant.some(({ name }) => name === running.name),
    )
    if (strangers.length === 0) return ok(instances.map((instance) => instance.name).join(', '))
    const names = strangers.map((stranger) => stranger.name).join(', ')
    return trouble(
      `keepalived runs ${names}, which ${host.paths.configFile} does not have`,
      strangers.map(({ name, routerId, state, addresses }) => {
        return `keepalived: ${name}, virtual_router_id ${routerId}, ${state.toUpperCase()}, ${addresses.join(' ')}`
      }),
      [`grep -n "vrrp_instance" ${host.paths.keepalivedConf}`, ...(await renderAgain(host))],
    )
  },
})

/** Differences that have a check of their own. */
const TOLD: readonly DoctorCheck[] = [
  ...[ORDERED, FAMILIES, PREEMPTS, SYNC, FOLLOWS, DEAD_MANS_SWITCH],
  ...[SECURITY, PROGRAMS, NOTIFIES, DROPPED, FOLDER, STRANGERS, TESTED],
  ...[SILENCED, BENT, KNOWN, TURNED_AWAY],
]

export const RENDERED = keepalivedCheck({
  code: 'H206',
  title: 'keepalived.conf matches "holdfast render-config"',
  severity: 'warn',
  explainedBy: TOLD,
  needs: { installed: installedFact, rendered: renderedFact },
  async judge({ installed, rendered }, host) {
    const path = host.paths.keepalivedConf
    if (isSame(installed.text, rendered.text)) return ok(path)
    const lines = difference(
      { name: path, text: installed.text },
      { name: `${path} (rendered)`, text: rendered.text },
    )
    return trouble(
      lines.length === 0
        ? `Password in ${path} differs from the secret file`
        : `${path} differs from "holdfast render-config"`,
      lines,
      await renderAgain(host),
    )
  },
})

/** Where another configuration runs than the one that is wanted, what follows from it differs, too. */
export const OTHER_CONFIGURATION = [IN_FORCE, RENDERED]

/** A secret that could not be read is masked in what was rendered, and is not compared. */
function isSame(installed: string, rendered: string): boolean {
  if (installed === rendered) return true
  return withoutSecrets(rendered) === rendered && withoutSecrets(installed) === rendered
}
