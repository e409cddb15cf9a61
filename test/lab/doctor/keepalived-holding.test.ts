// A backup that has service addresses all the same.
import { ward } from './broken.ts'

const patient = ward({ servers: ['s2', 's1'] })

patient.breaks({
  name: 'H224: a service address that was added by hand on a backup',
  break: (s1) => s1.addAddress('192.0.2.53'),
  // An election that comes in between removes it as well.
  mend: (s1) => s1.node.exec(['ip', 'address', 'del', '192.0.2.53/24', 'dev', 'eth0']),
  says: ['recdns0 is BACKUP', 'recdns0 is held here', 'ip address del'],
})
