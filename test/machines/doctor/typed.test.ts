// What the doctor prints about the daemon and its unit is typed on a booted host, and helps.
import { setDefaultTimeout } from 'bun:test'
import { PROGRAM, TOML, typing, UNIT } from './typing.ts'

setDefaultTimeout(300_000)

const typed = typing()
const DROP_INS = '/etc/systemd/system/holdfast.service.d'
const STATE = '/var/lib/holdfast'

const REREAD = 'systemctl daemon-reload'
/** systemd looks for new drop-ins in folders that it knows. */
const dropIn = (text: string) =>
  `mkdir -p ${DROP_INS}; ${REREAD}; printf '[Service]\\n${text}\\n' >${DROP_INS}/test.conf`
const WITHOUT_DROP_INS = `rm -rf ${DROP_INS}; ${REREAD}`

typed('H121: a unit that is masked, of a daemon that was stopped', {
  break: 'systemctl mask --now holdfast',
  says: ['LoadState=masked'],
})
typed('H121: a unit that is masked until the next boot', {
  break: 'systemctl mask --runtime holdfast',
  says: ['LoadState=masked'],
})
typed('H122: a unit that is not enabled', {
  break: 'systemctl disable holdfast',
  says: ['UnitFileState=disabled'],
})
typed('H123: a drop-in that takes the restart away', {
  break: `${dropIn('Restart=no')}; ${REREAD}`,
  says: ['Restart=no'],
})
typed('H123: an old unit in the place of that of the package', {
  break: `sed /^WatchdogSec/d ${UNIT} >/etc/systemd/system/holdfast.service
    ${REREAD}; systemctl restart holdfast`,
  says: ['WatchdogUSec='],
})
typed('H124: a drop-in that systemd has not read', {
  break: dropIn('RestartSec=2'),
  says: ['NeedDaemonReload=yes'],
  mend: WITHOUT_DROP_INS,
})
typed('H125: a user that is gone, and whose group is left', {
  break: `systemctl stop holdfast; usermod -u 990 holdfast; chown -R holdfast ${STATE} /run/holdfast
    systemctl start holdfast; sed -i /^holdfast:/d /etc/passwd; systemctl kill --signal=KILL holdfast`,
  until: '! systemctl is-active holdfast',
  says: ['User holdfast does not exist'],
})
typed('H125: a user and a group that are gone', {
  break: 'sed -i /^holdfast:/d /etc/passwd /etc/group /etc/shadow /etc/gshadow',
  says: ['User holdfast does not exist', 'Group holdfast does not exist'],
})
typed('H126: folders that nothing makes at boot', {
  break: "sed -i '\\,/run/holdfast/priority,d' /usr/lib/tmpfiles.d/holdfast.conf",
  says: ['tmpfiles.d does not create /run/holdfast/priority at boot'],
})
typed('H127: a priority folder of another user', {
  break: 'chown daemon /run/holdfast/priority',
  says: ['owner daemon'],
})
typed('H128: a state folder of another user', {
  break: `chown root ${STATE} ${STATE}/spool`,
  says: ['owner root'],
})
typed('H131: a daemon that was stopped', {
  break: 'systemctl stop holdfast',
  says: ['Daemon is not running'],
})
typed('H132: a daemon that was stopped by a signal', {
  break: `${dropIn('WatchdogSec=1h')}; ${REREAD}; systemctl restart holdfast
    systemctl kill --kill-whom=main --signal=STOP holdfast`,
  until: '! holdfast check',
  says: ['is stopped by a signal'],
  mend: WITHOUT_DROP_INS,
})
typed('H133: a mount in the place of the status', {
  break: 'echo "{" >/tmp/garbage; mount --bind /tmp/garbage /run/holdfast/status.json',
  says: ['status.json is not valid'],
})
typed('H134: a second daemon with another configuration', {
  break: `mkdir /tmp/second; { cat ${TOML}
    printf '[paths]\\nrun_dir = "/tmp/second"\\nstate_dir = "/tmp/second"\\n'; } >/tmp/second.toml
    systemd-run --unit=second holdfast daemon --config /tmp/second.toml`,
  until: 'test -e /tmp/second/status.json',
  says: ['2 daemons are running'],
})
typed('H135: a daemon that has been restarted three times', {
  break: `for count in 1 2 3; do systemctl kill --signal=KILL holdfast
    until [ $(systemctl show --value -p NRestarts holdfast) = $count ] && systemctl is-active holdfast
    do sleep 0.1; done; done`,
  until: 'holdfast check',
  says: ['NRestarts=3'],
})
typed('H137: a configuration that the daemon has not read', {
  break: `cp ${TOML} ${TOML}.test; sed -i 's/^quorum = 2/quorum = 1/' ${TOML}`,
  says: ['has not loaded the current'],
  mend: `mv ${TOML}.test ${TOML}; systemctl reload holdfast`,
})
typed('H138: a setting that needs a restart', {
  break: `cp ${TOML} ${TOML}.test; sed -i 's/^service_addresses_on_loopback = .*/&\\nrescan_interval = "20s"/' ${TOML}
    systemctl reload holdfast`,
  until: 'grep "rescan_interval has changed" /run/holdfast/status.json',
  says: ['rescan_interval has changed'],
  mend: `mv ${TOML}.test ${TOML}; systemctl restart holdfast`,
})
typed('H105: the order has this server commented out', {
  break: 'printf "#s1\\ns2\\n" >/etc/holdfast/order/recdns',
  says: ['holdfast order recdns --add s1'],
  mend: 'printf "s1\\ns2\\n" >/etc/holdfast/order/recdns',
})
typed('H107: shadow mode that was left on', {
  break: `cp ${TOML} ${TOML}.test; sed -i '1i [server]\\nshadow = true' ${TOML}
    systemctl reload holdfast`,
  until: `grep '"shadow": *true' /run/holdfast/status.json`,
  says: ['Shadow mode is on'],
  mend: `mv ${TOML}.test ${TOML}; systemctl restart holdfast`,
})
typed('H111: a program that its group can change', {
  break: `chmod g+w ${PROGRAM}`,
  says: ['has mode 0775'],
})
typed('H112: a program that cannot be executed', {
  break: `chmod a-x ${PROGRAM}`,
  says: ['is not executable'],
})
typed('H141: a server that was drained', {
  break: 'holdfast drain',
  says: ['has been drained for'],
})
typed('H142: garbage for an order of an operator', {
  break: `echo "{" >${STATE}/override.json`,
  says: ['counts as drained'],
})
typed('H112: a program that is not there', {
  break: `rm ${PROGRAM}`,
  says: [`${PROGRAM} does not exist`],
})
typed('H201: keepalived is not installed', {
  at: 's2',
  break: 'apt-get -qq remove -y keepalived',
  says: ['apt-get install keepalived'],
})
typed('H203: keepalived was stopped', {
  at: 's2',
  break: 'systemctl stop keepalived',
  says: ['keepalived is not running'],
})
