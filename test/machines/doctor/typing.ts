// A booted host that is broken, and mended by what the doctor prints, typed word for word and alone.
import { type Around, type Break, until, wardOf } from '../../lab/doctor/broken.ts'
import { whyNoMachines } from '../environment.ts'
import { installHoldfast } from '../install.ts'
import type { Machine } from '../machine.ts'
import { createSoundHosts } from '../sound.ts'

interface Host {
  readonly node: Machine
}

/** What keepalived runs, beside the doctor's own, so that it can be broken while the doctor runs. */
export const PROGRAM = '/usr/local/sbin/holdfast'
export const UNIT = '/usr/lib/systemd/system/holdfast.service'
export const TOML = '/etc/holdfast/holdfast.toml'

/** The unit is where a package has it: systemctl masks and reverts no other. */
async function install(machine: Machine): Promise<void> {
  await installHoldfast(machine)
  await machine.run(['cp', '/usr/local/bin/holdfast', PROGRAM])
  await machine.run(['mv', '/etc/systemd/system/holdfast.service', UNIT])
  await machine.run(['systemctl', 'daemon-reload'])
}

const shell = ({ node }: Host, script: string) => node.run(['sh', '-ec', script])

/** Until a condition of the shell's holds on the host. */
const untilShell = ({ node }: Host, condition: string) =>
  until(async () => (await node.exec(['sh', '-c', condition])).code === 0)

interface Case extends Pick<Break, 'at' | 'says'> {
  /** What a shell does to the host, and what is then awaited. */
  readonly break: string
  readonly until?: string
  /** Takes away what the break has left, and no remedy can know of. */
  readonly mend?: string
}

/** Raises two hosts for the tests of a file; what it returns makes a test of a case. */
export function typing(): (name: string, example: Case) => void {
  const patient = wardOf<Host, Around<Host>>(whyNoMachines(), async () => {
    const hosts = await createSoundHosts({ installation: { install, program: PROGRAM } })
    return {
      server: (name) => ({ node: hosts.machine(name) }),
      destroy: () => hosts.destroy(),
    }
  })
  return (name, example) => {
    patient.breaks({
      name,
      typed: true,
      alone: true,
      says: example.says,
      ...(example.at === undefined ? {} : { at: example.at }),
      async break(host) {
        await shell(host, example.break)
        if (example.until !== undefined) await untilShell(host, example.until)
      },
      async mend(host) {
        if (example.mend !== undefined) await shell(host, example.mend)
      },
    })
  }
}
