// holdfast's unit, account and folders at boot, and a daemon that is restarted in a loop.
import { setDefaultTimeout } from 'bun:test'
import { type Around, until, wardOf } from '../../lab/doctor/broken.ts'
import { whyNoMachines } from '../environment.ts'
import type { Machine } from '../machine.ts'
import { createSoundHosts } from '../sound.ts'

setDefaultTimeout(300_000)

const UNIT = '/etc/systemd/system/holdfast.service'
const DROP_IN = `${UNIT}.d/test.conf`
const TMPFILES = '/usr/lib/tmpfiles.d/holdfast.conf'

interface Host {
  readonly node: Machine
}

const patient = wardOf<Host, Around<Host>>(whyNoMachines(), async () => {
  const hosts = await createSoundHosts({ names: ['s1'] })
  return {
    server: (name) => ({ node: hosts.machine(name) }),
    destroy: () => hosts.destroy(),
  }
})

const systemctl = ({ node }: Host, ...words: readonly string[]) => node.run(['systemctl', ...words])

const property = async ({ node }: Host, name: string) =>
  (await node.run(['systemctl', 'show', '--value', '-p', name, 'holdfast'])).trim()

async function withoutDropIn(host: Host): Promise<void> {
  host.node.remove(DROP_IN)
  await systemctl(host, 'daemon-reload')
}

/** Puts a file back as it was. */
function kept(path: string) {
  let text = ''
  return {
    change(host: Host, change: (text: string) => string) {
      text = host.node.read(path)
      host.node.write(path, change(text))
    },
    mend: (host: Host) => host.node.write(path, text),
    text: () => text,
  }
}

const unit = kept(UNIT)
/** While a unit is masked systemd does not hear its watchdog's keep-alive, and may just have killed the daemon. */
async function unitBack(host: Host): Promise<void> {
  await host.node.run(['rm', '-f', UNIT])
  unit.mend(host)
  await systemctl(host, 'daemon-reload')
  await systemctl(host, 'restart', 'holdfast')
}

patient.breaks({
  name: 'H121: a unit that is gone',
  async break(host) {
    unit.change(host, (text) => text)
    host.node.remove(UNIT)
    await systemctl(host, 'daemon-reload')
  },
  mend: unitBack,
  says: ['LoadState=not-found'],
})

patient.breaks({
  name: 'H121: a unit that is masked',
  async break(host) {
    unit.change(host, (text) => text)
    await host.node.run(['ln', '-sf', '/dev/null', UNIT])
    await systemctl(host, 'daemon-reload')
  },
  mend: unitBack,
  says: ['LoadState=masked', 'systemctl unmask'],
})

patient.breaks({
  name: 'H121: a unit that is masked, of a daemon that was stopped',
  async break(host) {
    unit.change(host, (text) => text)
    await systemctl(host, 'stop', 'holdfast')
    await host.node.run(['ln', '-sf', '/dev/null', UNIT])
    await systemctl(host, 'daemon-reload')
  },
  mend: unitBack,
  says: ['LoadState=masked', 'the daemon is not running'],
})

patient.breaks({
  name: 'H122: a unit that is not enabled',
  break: (host) => systemctl(host, 'disable', '--quiet', 'holdfast'),
  mend: (host) => systemctl(host, 'enable', '--quiet', 'holdfast'),
  says: ['UnitFileState=disabled', 'systemctl enable holdfast.service'],
})

patient.breaks({
  name: 'H123: a drop-in that takes the restart away',
  async break(host) {
    host.node.write(DROP_IN, '[Service]\nRestart=no\nRuntimeDirectory=holdfast\n')
    await systemctl(host, 'daemon-reload')
  },
  mend: withoutDropIn,
  says: ['Restart=no: a dead daemon is not restarted', 'RuntimeDirectory=holdfast: '],
})

patient.breaks({
  name: 'H124: a drop-in that systemd has not read',
  break: (host) => host.node.write(DROP_IN, '[Service]\nRestartSec=2\n'),
  mend: withoutDropIn,
  says: ['NeedDaemonReload=yes', 'systemctl daemon-reload'],
})

const passwd = kept('/etc/passwd')
patient.breaks({
  name: 'H125: a user that is gone',
  break: (host) => passwd.change(host, (text) => text.replace(/^holdfast:.*\n/m, '')),
  mend: passwd.mend,
  says: ['User holdfast does not exist', 'User=holdfast'],
})

patient.breaks({
  name: 'H125: a user that is gone, and a daemon that cannot start for it',
  async break(host) {
    passwd.change(host, (text) => text.replace(/^holdfast:.*\n/m, ''))
    await systemctl(host, 'kill', '--signal=SIGKILL', 'holdfast')
    await until(async () => (await property(host, 'ActiveState')) !== 'active')
  },
  async mend(host) {
    passwd.mend(host)
    await systemctl(host, 'reset-failed', 'holdfast')
    await systemctl(host, 'restart', 'holdfast')
  },
  says: ['User holdfast does not exist'],
})

const tmpfiles = kept(TMPFILES)
patient.breaks({
  name: 'H126: folders that nothing makes at boot',
  break: (host) => tmpfiles.change(host, (text) => text.replace(/^d \/run.*\n/gm, '')),
  mend: tmpfiles.mend,
  says: ['tmpfiles.d does not create /run/holdfast and /run/holdfast/priority at boot'],
})

patient.breaks({
  name: 'H135: a daemon that has been restarted three times',
  async break(host) {
    for (const count of ['1', '2', '3']) {
      await systemctl(host, 'kill', '--signal=SIGKILL', 'holdfast')
      await until(async () => (await property(host, 'NRestarts')) === count)
      await until(async () => (await property(host, 'ActiveState')) === 'active')
    }
    await until(async () => (await host.node.exec(['holdfast', 'check'])).code === 0)
  },
  mend: (host) => systemctl(host, 'restart', 'holdfast'),
  says: ['NRestarts=3', 'running for'],
})

// The clock of a machine is that of this computer, which it may not touch. The marks of a container
// taken away, it passes for a host that nothing keeps on time.
patient.breaks({
  name: 'H161: a host whose clock nobody keeps',
  break: (host) => host.node.run(['mv', '/run/systemd/container', '/run/systemd/container.away']),
  mend: (host) => host.node.run(['mv', '/run/systemd/container.away', '/run/systemd/container']),
  says: ['NTPSynchronized=no, NTP=no'],
})
