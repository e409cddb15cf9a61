// The program that keepalived runs, at a place of its own so that the doctor's stays sound.
import { HOLDFAST } from '../holdfast.ts'
import type { LabServer } from '../server.ts'
import { ward } from './broken.ts'

const PROGRAM = '/usr/local/sbin/holdfast'
/** keepalived reads at its start that the program is sound, and asks it once a second after that. */
const TOML = `
[keepalived]
interface = "eth0"
holdfast_path = "${PROGRAM}"
script_interval = "10s"
`

const install = (s1: LabServer) => s1.node.run(['install', '-m', '0755', HOLDFAST, PROGRAM])

const patient = ward({ extraToml: TOML }, install)

patient.breaks({
  name: 'H111: a program that its group can change',
  break: (s1) => s1.node.run(['chmod', 'g+w', PROGRAM]),
  mend: install,
  says: [`${PROGRAM} has mode 0775`],
})

patient.breaks({
  name: 'H112: a program that cannot be executed',
  break: (s1) => s1.node.run(['chmod', 'a-x', PROGRAM]),
  mend: install,
  says: [PROGRAM, 'mode 0644'],
})

patient.breaks({
  name: 'H112: a program that is not there',
  break: (s1) => s1.node.remove(PROGRAM),
  mend: install,
  says: [`${PROGRAM} does not exist`],
})

patient.breaks({
  name: 'H113: a program of another version',
  break: (s1) =>
    s1.node.write(
      PROGRAM,
      `#!/bin/sh\n[ "$1" = --version ] && exec echo "holdfast 0.0.9 (abc, linux-x64)"\nexec ${HOLDFAST} "$@"\n`,
      0o755,
    ),
  mend: install,
  says: ['version 0.0.9'],
})
