// Holds TCP port 53 of an address before the address is there, as a socket that lingers would.
import type { Node } from './namespace.ts'

export interface PortSquatter {
  /** Gives the port back. */
  release(): Promise<void>
}

/**
 * IP_FREEBIND (15 at level IPPROTO_IP, 78 at level IPPROTO_IPV6) binds to an address that is not
 * there yet. Unlike net.ipv4.ip_nonlocal_bind it changes nothing for the other programs.
 * Perl is part of every Debian system.
 */
const PROGRAM = `
use Errno qw(EADDRINUSE);
use Socket qw(:all);
my ($text) = @ARGV;
my $v6 = $text =~ /:/;
socket(my $s, $v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or die "socket: $!";
$v6 and (setsockopt($s, 41, 26, 1) or die "IPV6_V6ONLY: $!");
setsockopt($s, $v6 ? 41 : 0, $v6 ? 78 : 15, 1) or die "freebind: $!";
my $place = $v6 ? pack_sockaddr_in6(53, inet_pton(AF_INET6, $text))
                : pack_sockaddr_in(53, inet_pton(AF_INET, $text));
until (bind($s, $place)) { $! == EADDRINUSE or die "bind: $!"; select(undef, undef, undef, 0.02); }
listen($s, 1) or die "listen: $!";
$| = 1;
print "holding\\n";
sleep;
`

/** Returns once the port is taken: named gives it back a moment after an address has gone. */
export async function stealTcpPort(node: Node, address: string): Promise<PortSquatter> {
  const squatter = await node.spawn(`squatter of ${address}`, ['perl', '-e', PROGRAM, address])
  await squatter.log.waitFor(/^holding$/)
  return {
    async release() {
      squatter.signal('SIGKILL')
      await squatter.exited
    },
  }
}
