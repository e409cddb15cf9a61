// Another server, or a stranger, that speaks another VRRP than this one, version 3 being ours.
import { type Break, ward } from './broken.ts'
import { otherwise, spawnStranger } from './stranger.ts'

const patient = ward({ servers: ['s1', 's2'], onLoopback: true })

patient.breaks({
  name: 'H304: another cluster has the same number',
  ...strange({ addresses: ['192.0.2.77/24'] }),
  says: [
    '192.0.2.100, which is not one of our servers',
    'virtual_router_id 53 of recdns0',
    '192.0.2.77',
  ],
})

patient.breaks({
  name: 'H306: another server has a longer interval',
  ...otherwise((text) => text.replace('advert_int 0.1', 'advert_int 0.3')),
  says: ['recdns0 every 300 ms, but this one sends every 100 ms'],
})

patient.breaks({
  name: 'H311: another server has one address more',
  // A master that receives adverts which it discards puts off its own: s1 speaks oftener, to be heard.
  ...otherwise((text) =>
    text
      .replace('192.0.2.53/24', '192.0.2.53/24\n    192.0.2.54/24')
      .replace('advert_int 0.1', 'advert_int 0.05'),
  ),
  says: [
    '192.0.2.11 advertises 192.0.2.53 192.0.2.54 for recdns0',
    'addr_list_err of recdns0 grew by',
  ],
})

patient.breaks({
  name: 'H312: another server sends to this one alone',
  ...otherwise((text) =>
    text.replace(
      'state BACKUP',
      'state BACKUP\n  unicast_src_ip 192.0.2.11\n  unicast_peer {\n    192.0.2.12\n  }',
    ),
  ),
  says: ['192.0.2.11 sends adverts for recdns0 to 192.0.2.12'],
})

function strange(like: Parameters<typeof spawnStranger>[1]): Pick<Break, 'break' | 'mend'> {
  let end = async () => {}
  return {
    async break(_, lab) {
      end = await spawnStranger(lab.client.node, like)
    },
    mend: () => end(),
  }
}
