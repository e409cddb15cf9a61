// keepalived.conf edited into each of keepalived's traps, and keepalived told to read it.
import { ward } from './broken.ts'
import { edited, inInstance } from './edited.ts'

const patient = ward({ onLoopback: true })
const FILE_BLOCK = /track_file recdns0 \{[^}]*\}\n\n/

patient.breaks({
  name: 'H209: a track_file that is defined below',
  ...edited((text) => `${text.replace(FILE_BLOCK, '')}\n${FILE_BLOCK.exec(text)?.[0]}`),
  typed: true,
  says: ['recdns0 is defined below, at /etc/keepalived/keepalived.conf:'],
})

patient.breaks({
  name: 'H209: a script that is defined nowhere',
  ...edited((text) => text.replace('track_script {\n', 'track_script {\n    missing\n')),
  typed: true,
  says: ['missing is defined nowhere'],
})

patient.breaks({
  name: 'H210: both families in one virtual_ipaddress',
  ...edited((text) => text.replace('192.0.2.53/24\n', '192.0.2.53/24\n    2001:db8::77/64\n')),
  typed: true,
  says: [
    'drops addresses of the other address family',
    '2001:db8::77',
    'virtual_ipaddress_excluded',
  ],
})

patient.breaks({
  name: 'H211: nopreempt',
  ...edited(inInstance('nopreempt')),
  typed: true,
  says: ['does not take over', ': nopreempt'],
})

patient.breaks({
  name: 'H211: preempt_delay',
  ...edited(inInstance('preempt_delay 300')),
  typed: true,
  says: ['does not take over', ': preempt_delay 300'],
})

patient.breaks({
  name: 'H212: a sync group whose member has the trackers',
  ...edited((text) =>
    text.replace(
      'vrrp_instance recdns0',
      'vrrp_sync_group both {\n  group {\n    recdns0\n  }\n}\n\nvrrp_instance recdns0',
    ),
  ),
  typed: true,
  says: ['track_file recdns0 of recdns0, a member of both', 'track_script holdfast of recdns0'],
})

patient.breaks({
  name: 'H213: another priority to start from',
  ...edited((text) => text.replace('  priority 1\n', '  priority 100\n')),
  typed: true,
  says: ['has base priority 100 instead of 1'],
})

patient.breaks({
  name: 'H213: a file that nobody publishes',
  ...edited((text) => text.replace('priority/recdns0', 'priority/recdns')),
  typed: true,
  says: ['recdns0 does not track /run/holdfast/priority/recdns0'],
})

patient.breaks({
  name: 'H213: an instance that is not there',
  ...edited((text) => text.slice(0, text.indexOf('vrrp_instance recdns0'))),
  typed: true,
  says: ['no vrrp_instance has 192.0.2.53, 2001:db8::53'],
})

patient.breaks({
  name: 'H214: a check whose silence is success',
  ...edited((text) => text.replace(/script ".*"/, 'script "/usr/local/bin/holdfast check"')),
  typed: true,
  says: ['holdfast succeeds even if holdfast cannot be executed: /usr/local/bin/holdfast check'],
})

patient.breaks({
  name: "H214: a dead man's switch that takes too little away",
  ...edited((text) => text.replace('weight -253', 'weight -20')),
  typed: true,
  says: ['lowers the priority by only 20'],
})

patient.breaks({
  name: "H214: no dead man's switch at all",
  ...edited((text) => text.replace(/ {2}track_script \{[^}]*\}\n/, '')),
  typed: true,
  says: ['recdns0 tracks no script that runs holdfast check'],
})
