# Runs commands in turn, over and over, and prints what each run took as the kernel counted it.
#
#   usage: perl launch.pl ROUNDS COMMAND [-- COMMAND]...
#
# A line a run: index of the command, wall ms, CPU ms (user + system), peak resident kB, exit code.
# It is Perl because the kernel hands a parent's peak of memory down to what it starts: a parent
# must be smaller than what it measures, and Bun is not.
use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my %WAIT4 = (x86_64 => 61, aarch64 => 260);
my $wait4 = $WAIT4{ (POSIX::uname())[4] } or die "launch.pl: unknown machine\n";
my $rounds = shift;
my @commands = ([]);
for my $word (@ARGV) {
    if ($word eq '--') { push @commands, [] }
    else               { push @{ $commands[-1] }, $word }
}

$| = 1;
for my $round (1 .. $rounds) {
    for my $index (0 .. $#commands) {
        run($index, @{ $commands[$index] });
    }
}

sub run {
    my ($index, @command) = @_;
    my $status = pack 'i', 0;
    my $usage  = "\0" x 144;
    my $start  = clock_gettime(CLOCK_MONOTONIC);
    my $pid    = fork() // die "launch.pl: fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        { exec { $command[0] } @command };
        POSIX::_exit(127);
    }
    syscall($wait4, $pid, $status, 0, $usage) == $pid or die "launch.pl: wait4: $!\n";
    my $wall = clock_gettime(CLOCK_MONOTONIC) - $start;
    my ($user_s, $user_us, $system_s, $system_us, $peak_kb) = unpack 'q5', $usage;
    my $cpu_ms = ($user_s + $system_s) * 1e3 + ($user_us + $system_us) / 1e3;
    my $code = unpack('i', $status);
    printf "%d %.4f %.4f %d %d\n", $index, $wall * 1e3, $cpu_ms, $peak_kb,
        $code & 127 ? 128 + ($code & 127) : $code >> 8;
}
