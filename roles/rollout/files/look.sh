#!/bin/sh
# Says what the roles want to know of a server, a fact a line: the first word tells its kind.
#
#   usage: look.sh FOLDERS NAMES MARKS FILES PACKAGES UNITS SUMS
#
# Each argument is a list, one item a line. In FOLDERS files of these NAMES are looked for, with sum, mode, owner and
# group; in FILES lines that begin with MARKS; of SUMS those whose build lies here as it was made.
set -eu
IFS='
'
set -f
folders=$1 names=$2 marks=$3 files=$4 packages=$5 units=$6 sums=$7

# /etc/os-release of a Debian names it in ID, and that of what is made from Debian in ID_LIKE.
. /etc/os-release
printf 'host %s %s %s\n' "$(uname -n | cut -d . -f 1)" "$(uname -m)" "$(cat /proc/1/comm)"
printf 'system %s %s\n' "$ID" "${ID_LIKE:-}"

set --
for name in $names; do set -- "$@" -o -name "$name"; done
# shellcheck disable=SC2086 # one folder a line
find $folders -mindepth 1 -maxdepth 1 \( -false "$@" \) -printf '%y %#m %u %g %p\n' 2>/dev/null |
  while IFS=' ' read -r kind mode owner group path; do
    echo "path $path"
    [ "$kind" != f ] || echo "found $path $(sha1sum <"$path" | cut -d ' ' -f 1) $mode $owner $group"
    [ "$kind" != l ] || echo "link $path $(readlink "$path")"
  done

set --
for mark in $marks; do set -- "$@" "--regexp=$mark"; done
# shellcheck disable=SC2086 # one file a line
grep --with-filename --no-messages --fixed-strings "$@" $files | sed 's/^/mark /' || :

# dpkg keeps the sum of each configuration file as the package brought it.
# shellcheck disable=SC2016,SC2086 # the words are dpkg's, and one package a line
dpkg-query --show --showformat='package ${Package} ${db:Status-Status}\n${Conffiles}\n' $packages 2>/dev/null |
  sed -n '/^package/p; s/^ /conffile /p' || :

# shellcheck disable=SC2086 # one unit a line
systemctl show --property=Id,LoadState,ActiveState,UnitFileState $units |
  awk 'BEGIN { RS = "" } { $1 = $1; print "unit", $0 }'

for sum in $sums; do
  build=/usr/local/lib/holdfast/$(printf %.12s "$sum")
  for laid in "$build/holdfast" "$build.deb"; do
    [ ! -f "$laid" ] || sha256sum "$laid" | sed 's/^/build /'
  done
done
[ ! -f /usr/local/lib/holdfast/package ] || sed 's/^/installed /' /usr/local/lib/holdfast/package
