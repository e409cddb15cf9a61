// keepalived's JSON dump: texts that 2.2.7 wrote, and texts that nobody should have written.
import { describe, expect, test } from 'bun:test'
import { parseDump } from '../../src/keepalived/dump.ts'

/** Written by keepalived 2.2.7 on a backup; with VRRPv2 there is a secret in it. */
const BACKUP = String.raw`[{"data":{"iname":"recdns0","dont_track_primary":0,"skip_check_adv_addr":0,"strict_mode":0,"vmac_ifname":"","ifp_ifname":"eth0","master_priority":250,"last_transition":1795304728.118597,"garp_delay":1,"garp_refresh":2,"garp_rep":5,"garp_refresh_rep":1,"garp_lower_prio_delay":1,"garp_lower_prio_rep":5,"lower_prio_no_advert":0,"higher_prio_send_advert":0,"vrid":53,"base_priority":1,"effective_priority":200,"vipset":false,"promote_secondaries":false,"adver_int":0.1,"master_adver_int":0.1,"accept":1,"nopreempt":false,"preempt_delay":0,"state":1,"wantstate":1,"version":3,"smtp_alert":false,"notify_deleted":false,"script":"'\/usr\/local\/bin\/holdfast' 'notify'","vips":["192.0.2.53\/24 dev eth0 scope global"],"evips":["2001:db8::53\/64 dev eth0 scope global deprecated"],"track_script":["'\/usr\/bin\/sh' '-c' 'said=$(\/usr\/local\/bin\/holdfast check) && test -n \"$said\"'"],"auth_type":1,"auth_data":"x8+sEcrT"},"stats":{"advert_rcvd":4,"advert_sent":0,"become_master":0,"release_master":0,"packet_len_err":0,"advert_interval_err":0,"ip_ttl_err":0,"invalid_type_rcvd":0,"addr_list_err":7,"invalid_authtype":0,"authtype_mismatch":0,"auth_failure":0,"pri_zero_rcvd":0,"pri_zero_sent":0}}]`

describe('a dump', () => {
  test('tells everything of an instance but its secret', () => {
    const instances = parseDump(BACKUP)
    expect(instances).toMatchObject([
      {
        name: 'recdns0',
        state: 'backup',
        routerId: 53,
        version: 3,
        interface: 'eth0',
        basePriority: 1,
        effectivePriority: 200,
        masterPriority: 250,
        advertMs: 100,
        masterAdvertMs: 100,
        nopreempt: false,
        lastTransitionMs: 1795304728119,
        addresses: ['192.0.2.53'],
        excluded: ['2001:db8::53'],
        scripts: [`'/usr/bin/sh' '-c' 'said=$(/usr/local/bin/holdfast check) && test -n "$said"'`],
        counters: { advert_rcvd: 4, addr_list_err: 7, pri_zero_sent: 0 },
      },
    ])
    expect(JSON.stringify(instances)).not.toContain('x8+sEcrT')
  })

  test('of the second format has its list in an object', () => {
    expect(parseDump(`{"vrrp":${BACKUP}}`)).toEqual(parseDump(BACKUP))
  })

  test.each(['', '[', 'null', '{}', '3', '[null]', '[{}]', '[{"data":{"state":9},"stats":{}}]'])(
    'that is "%s" is none',
    (text) => {
      expect(parseDump(text)).toBeNull()
    },
  )
})
