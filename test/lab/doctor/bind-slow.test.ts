// named answers, and takes its time.
import { UPSTREAM } from '../layout.ts'
import type { LabProcess } from '../process.ts'
import { UPSTREAM_ZONE } from '../resolver.ts'
import { ward } from './broken.ts'
import { confWithViews, edit } from './named.ts'

const SLOW_PORT = 5300
const SLOW_S = 0.7

/**
 * named asks once for all who want the same at the same time, so the daemon must ask seldom, or the
 * doctor would get what was on its way already.
 */
const patient = ward({
  extraToml: `
[timing]
check_interval = "20s"

[checks.far]
probes = ["www.${UPSTREAM_ZONE} A"]
timeout = "1s"
`,
})

/** Passes queries on after a while. */
const SLOW_FORWARDER = `
use Socket qw(:all);
my ($port, $wait, $to) = @ARGV;
$SIG{CHLD} = 'IGNORE';
socket(my $in, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
bind($in, pack_sockaddr_in($port, inet_aton("127.0.0.1"))) or die "bind: $!";
$| = 1;
print "waiting\\n";
while (my $from = recv($in, my $query, 65535, 0)) {
  next if fork;
  select(undef, undef, undef, $wait);
  socket(my $out, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  send($out, $query, 0, pack_sockaddr_in(53, inet_aton($to)));
  recv($out, my $answer, 65535, 0);
  send($in, $answer, 0, $from);
  exit 0;
}
`
let forwarder: LabProcess
/** One view more than the daemon asks at a time, each with questions of its own on the way. */
const slow = edit(() => {
  const lines = 'include "/etc/bind/named.conf.default-zones";'
  const views = [
    { name: 'loopback', lines: `match-destinations { 127.0.0.1; }; ${lines}` },
    { name: 'rest', lines },
  ]
  return confWithViews(views).replace(
    /forwarders \{[^}]*\};/,
    `forwarders { 127.0.0.1 port ${SLOW_PORT}; };\n  max-cache-ttl 0;`,
  )
})
patient.breaks({
  name: 'H411: a required probe takes most of its time',
  async break(s1) {
    const program = ['perl', '-e', SLOW_FORWARDER, `${SLOW_PORT}`, `${SLOW_S}`, UPSTREAM.v4]
    forwarder = await s1.node.spawn('slow forwarder', program)
    await forwarder.log.waitFor(/^waiting$/)
    await slow.make(s1)
  },
  async mend(s1) {
    await slow.takeBack(s1)
    forwarder.signal('SIGKILL')
    await forwarder.exited
  },
  says: [`Response to www.${UPSTREAM_ZONE} A`, '(timeout 1000 ms)'],
})
