// Takes the membership of VRRP's group away from a running keepalived, behind its back.
import type { LabServer } from '../server.ts'

/**
 * pidfd_open (434) and pidfd_getfd (438) give a copy of each of its sockets; IP_DROP_MEMBERSHIP (36 at
 * level 0) with the index of eth0 is the same as if keepalived had left. Prints how many have left.
 */
const PROGRAM = `
use strict;
use Socket;
my ($pid, $index) = @ARGV;
my $pidfd = syscall(434, $pid + 0, 0);
die "pidfd_open: $!" if $pidfd < 0;
my $left = 0;
for my $name (glob "/proc/$pid/fd/*") {
  next unless (readlink($name) // '') =~ /^socket:/;
  my ($number) = $name =~ /(\\d+)$/;
  my $copy = syscall(438, $pidfd, $number + 0, 0);
  next if $copy < 0;
  open(my $socket, '+<&=', $copy) or next;
  my $request = inet_aton('224.0.0.18') . inet_aton('0.0.0.0') . pack('i', $index);
  $left++ if setsockopt($socket, 0, 36, $request);
}
print "$left\\n";
`

export async function leaveGroup({ node }: LabServer): Promise<void> {
  const pid = node.read('/run/keepalived.pid').trim()
  const children = await node.run(['cat', `/proc/${pid}/task/${pid}/children`])
  const index = (await node.run(['cat', '/proc/self/net/igmp'])).match(/^(\d+)\s+eth0/m)?.[1]
  const child = children.trim().split(' ')[0] ?? ''
  const left = await node.run(['perl', '-e', PROGRAM, child, index ?? ''])
  if (left.trim() !== '1') throw new Error(`${left.trim()} sockets have left the group`)
}
