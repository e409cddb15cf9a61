// Scripts that keepalived removes, and programs that it cannot run.
import type { LabServer } from '../server.ts'
import { ward } from './broken.ts'
import { type Edit, edited } from './edited.ts'

const TOLD = '/usr/local/bin/told'
const ASKED = '/usr/local/bin/asked'

const patient = ward(
  {
    extraToml: `[keepalived]
interface = "eth0"
[keepalived.extra_lines]
vrrp_instance = ['notify_master "${TOLD}"']
`,
  },
  (s1) => writeProgram(s1, TOLD),
)

function writeProgram(s1: LabServer, path: string, mode = 0o755): void {
  s1.node.write(path, '#!/bin/sh\nexit 0\n', mode)
}

patient.breaks({
  name: 'H215: scripts for a user who does not exist',
  ...edited((text) => text.replace('script_user root', 'script_user nobodys')),
  says: ['vrrp_script holdfast is dropped: user nobodys does not exist'],
})

patient.breaks({
  name: 'H215: scripts of which nobody knows who runs them',
  ...edited((text) => text.replace('  script_user root\n', '')),
  says: ['user keepalived_script does not exist', 'script_user root'],
})

patient.breaks({
  name: 'H215: a script that everybody may change',
  ...withScript(async (s1) => {
    writeProgram(s1, ASKED)
    await s1.node.run(['chmod', '777', ASKED])
  }),
  typed: true,
  says: [`vrrp_script extra is dropped: ${ASKED} can be modified by users other than root`],
})

patient.breaks({
  name: 'H216: a script that is not there',
  ...withScript((s1) => s1.node.remove(ASKED)),
  says: [`vrrp_script extra: ${ASKED} does not exist`],
})

patient.breaks({
  name: 'H216: a script that may not be executed',
  ...withScript((s1) => writeProgram(s1, ASKED, 0o644)),
  typed: true,
  says: [`${ASKED} (file, mode 0644) is not executable by root`, 'success'],
})

const open = withScript((s1) => s1.node.run(['install', '-m', '777', '/dev/null', ASKED]))
patient.breaks({
  name: 'H226: a script that keepalived has dropped, and that is fit by now',
  async break(s1) {
    const from = s1.keepalived.log.lines.length
    await open.break(s1)
    await s1.keepalived.log.waitFor(/Unsafe permissions found for script/, { from })
    writeProgram(s1, ASKED)
  },
  mend: open.mend,
  typed: true,
  says: ['recdns0 tracks extra, which does not run'],
})

patient.breaks({
  name: 'H217: a notify program that is not there',
  break: (s1) => s1.node.remove(TOLD),
  mend: (s1) => writeProgram(s1, TOLD),
  says: [`notify_master of recdns0: ${TOLD} does not exist`],
})

/** One script more, which is as `spoil` leaves it. */
function withScript(spoil: (s1: LabServer) => Promise<unknown> | unknown): Edit {
  const edit = edited((text) =>
    text
      .replace('track_script {\n', 'track_script {\n    extra\n')
      .replace(
        'vrrp_script holdfast',
        `vrrp_script extra {\n  script ${ASKED}\n}\n\nvrrp_script holdfast`,
      ),
  )
  return {
    async break(s1) {
      await spoil(s1)
      await edit.break(s1)
    },
    async mend(s1) {
      await edit.mend(s1)
      s1.node.remove(ASKED)
    },
  }
}
