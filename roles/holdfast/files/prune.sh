#!/bin/sh
# Removes all builds but the newest, and says which. Those that are needed stay however old they are.
#
#   usage: prune.sh BUILDS NUMBER STATE NEEDED...
#
# BUILDS is their folder, NUMBER how many stay beside those that are NEEDED, active, or in STATE, which rollback.yml
# goes back to: it may be older than all that was tried since.
set -eu
builds=$1 number=$2 state=$3
shift 3
cd "$builds"
needed() {
  printf '%s\n' package "$@"
  readlink /usr/local/bin/holdfast | sed 's,/holdfast$,,; s,.*/,,'
  sed 's/^\(.\{12\}\).*/\1.deb/' package
  tar --list --verbose --file="$state" usr/local/bin/holdfast | sed -n 's,.*-> .*/\([^/]*\)/holdfast$,\1,p'
  tar --extract --to-stdout --file="$state" usr/local/lib/holdfast/package | sed 's/^\(.\{12\}\).*/\1.deb/'
}
# shellcheck disable=SC2010,SC2012 # their names are sums
ls -t | grep -vxF "$(needed "$@" 2>/dev/null)" | tail -n "+$((number + 1))" | while read -r old; do
  rm -r "$old"
  echo "$old"
done
