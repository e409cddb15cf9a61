# Receives datagrams on a unix socket as systemd does, and prints each with its line breaks as "|".
use strict;
use warnings;
use Socket;

my ($path) = @ARGV;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, sockaddr_un($path)) or die "bind: $!";
$| = 1;
print "listening\n";
while (defined recv($socket, my $message, 65536, 0)) {
  $message =~ s/\n/|/g;
  print "$message\n";
}
