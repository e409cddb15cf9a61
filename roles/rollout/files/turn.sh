#!/bin/sh
# Says what is to be known of a server when its turn comes, a fact a line: the first word tells its kind.
#
#   usage: turn.sh STATE PROGRAM yes|no
#
# STATE is the archive of what was found sound last; the last word tells whether PROGRAM asks the other servers.
set -eu
state=$1 program=$2 asks=$3

order=/var/lib/holdfast/override.json
# What stands there and cannot be read, such as a link, is somebody's order to drain as well.
if [ -e "$order" ] || [ -L "$order" ]; then
  said=$(dd if="$order" iflag=nofollow status=none 2>/dev/null) ||
    said='{"mode": "drained", "reason": "override.json cannot be read"}'
  printf 'override %s\n' "$(printf %s "$said" | tr -d '\n')"
fi

# It is on the disk as it was kept, unless a run has ended before its end. Then files are in place that nothing has
# read, and that the next run finds as they should be.
if [ -f "$state" ]; then
  since=0
  tar --compare --file="$state" --directory=/ >&2 || since=$?
  echo "since $since"
fi

# 1 is an answer as well: not all of them answer.
if [ "$asks" = yes ]; then
  code=0
  said=$("$program" peers --json) || code=$?
  [ "$code" -le 1 ] || exit "$code"
  printf 'peers %s\n' "$(printf %s "$said" | tr -d '\n')"
fi
