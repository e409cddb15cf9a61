// What the doctor prints about named and the network is typed on a booted host, and helps.
import { setDefaultTimeout } from 'bun:test'
import { TOML, typing } from './typing.ts'

setDefaultTimeout(300_000)

const typed = typing()

typed('H402: named was stopped', {
  at: 's2',
  break: 'systemctl stop named',
  says: ['systemctl start named'],
})
typed('H406: a file that named has not read since it was written', {
  at: 's2',
  break: 'sleep 1.1; touch /etc/bind/named.conf.local',
  says: ['rndc reconfig'],
})
typed('H407: named was stopped by a signal', {
  at: 's2',
  break: 'systemctl kill --kill-whom=main --signal=STOP named',
  says: ['is stopped by a signal and does not respond'],
})
typed('H502: ARP answers for loopback service addresses', {
  at: 's2',
  break: 'sysctl -qw net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.eth0.arp_ignore=0',
  says: ['arp_ignore of eth0 is 0'],
})
typed('H503: a service address is not on the loopback interface', {
  at: 's2',
  break: 'ip address del 192.0.2.53/32 dev lo',
  says: ['192.0.2.53 is not on lo'],
})
typed('H505: service addresses are left on the loopback interface', {
  at: 's2',
  break: `cp ${TOML} ${TOML}.test; sed -i 's/^service_addresses_on_loopback = true/service_addresses_on_loopback = false/' ${TOML}`,
  says: ['service_addresses_on_loopback = false'],
  mend: `mv ${TOML}.test ${TOML}; systemctl restart holdfast-loopback`,
})
typed('H506: the default route leaves by another interface, and the filter is strict', {
  at: 's2',
  break: `ip link add eth1 type veth peer name far1; ip link set far1 up; ip link set eth1 up
    ip address add 198.51.100.1/24 dev eth1; ip route add default via 198.51.100.254 dev eth1
    sysctl -qw net.ipv4.conf.eth0.rp_filter=1`,
  says: ['rp_filter of eth0 is 1'],
  mend: 'ip link del eth1',
})
typed('H510: the interface is shut', {
  at: 's2',
  break: 'ip link set eth0 down',
  says: ['eth0 is down'],
  mend: 'systemctl restart networking',
})
typed('H511: multicast is off', {
  at: 's2',
  break: 'ip link set eth0 multicast off',
  says: ['Multicast is off on eth0'],
})
typed('H512: the packets are too small for IPv6', {
  at: 's2',
  break: 'ip link set eth0 mtu 1200',
  says: ['IPv6 is disabled on eth0'],
})
typed('H513: the packets are smaller than usual', {
  at: 's2',
  break: 'ip link set eth0 mtu 1400',
  says: ['MTU of eth0 is 1400'],
})
