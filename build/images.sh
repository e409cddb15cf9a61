# Makes root file systems of Debian, and keeps them; sourced by scripts that need one, never run.
# shellcheck shell=bash

cache=${HOLDFAST_MACHINES:-/var/cache/holdfast-machines}

# The mirror that this host's own apt uses for Debian, or the first one for security updates.
mirror() {
  apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
    sed -nE "s,/? [a-z]+${1:-} main\$,,p" | head -n 1
}

# Lines for sources.list: a suite with its updates, from where this host's own come from.
sources() {
  local main security
  main=$(mirror)
  security=$(mirror -security)
  [ -n "$main" ] || die "no mirror of Debian: the sources of this host's apt name none"
  echo "deb $main $1 main"
  echo "deb $main $1-updates main"
  [ -z "$security" ] || echo "deb $security $1-security main"
}

# What this host's apt must know to reach its mirrors, as lines for an apt.conf.
reach() {
  apt-config dump | grep -E '^Acquire::(Check-|Retries |[a-z]+::(Proxy|CaInfo|Verify-Peer|Timeout))' || :
}

# What is downloaded for one root is there for all. /bin and its like are links from the start, so that
# nothing has to make them so.
prepare_root() {
  local root=$1 name
  for name in bin lib lib64 sbin; do
    [ ! -d "/usr/$name" ] || { mkdir -p "$root/usr/$name" && ln -s "usr/$name" "$root/$name"; }
  done
  printf 'Package: usrmerge\nPin: release *\nPin-Priority: -1\n' >"$root/etc/apt/preferences.d/merged"
  mkdir -p "$root/var/cache/apt/archives"
  mount --bind "$cache/packages" "$root/var/cache/apt/archives"
}

# Neither this host's name nor its resolver stays, nor what was said to apt and dpkg for speed.
finish_root() {
  umount "$1/var/cache/apt/archives"
  rm -f "$1"/etc/{hostname,resolv.conf,apt/preferences.d/merged,{apt/apt.conf.d,dpkg/dpkg.cfg.d}/99mmdebstrap}
  : >"$1/etc/machine-id"
}

# Makes a root file system of a suite: make_root FOLDER SUITE PACKAGE...
make_root() {
  local folder=$1 suite=$2 include
  shift 2
  command -v mmdebstrap >/dev/null || die "mmdebstrap is missing; run build/setup images first"
  include=$(IFS=,; echo "$*")
  mkdir -p "$cache/packages"
  reach >"$folder.conf"
  # A hook is run by a shell that passes no functions on.
  hooks=$(declare -f prepare_root finish_root)
  export cache hooks
  # shellcheck disable=SC2016 # expanded by the hooks' shell
  sources "$suite" | mmdebstrap --quiet --mode=root --variant=minbase --include="$include" \
    --aptopt="$folder.conf" --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
    --skip=check/empty,download/empty,essential/unlink,cleanup/apt/lists \
    --setup-hook='bash -euc "$hooks; prepare_root \"\$1\"" hook "$1"' \
    --customize-hook='bash -euc "$hooks; finish_root \"\$1\"" hook "$1"' \
    "$suite" "$folder" - >&2
  rm "$folder.conf"
}

# Goes on in a mount namespace of its own, where nothing stays mounted whatever ends it, and with the
# same script nowhere beside: alone FOLDER ARGUMENT... Nobody waits for a folder that is there.
alone() {
  local wanted=$1 script=${0##*/}
  shift
  [ "${HOLDFAST_IMAGES_ALONE:-}" != "$script" ] && [ ! -d "$wanted" ] || return 0
  mkdir -p "$cache"
  export HOLDFAST_IMAGES_ALONE=$script
  exec flock "$cache/$script.lock" unshare --mount --propagation private "$0" "$@"
}

# A name that changes with the recipe: the functions and variables that are named.
recipe() {
  local name
  for name in prepare_root finish_root make_root "$@"; do
    declare -f "$name" || declare -p "$name"
  done | sha256sum | cut -c1-12
}

# Removes a folder, and nothing of what is still mounted in it.
discard() {
  local place
  awk -v within="$1/" 'index($2, within) == 1 { print $2 }' /proc/self/mounts | tac |
    while read -r place; do umount -l "$place"; done
  rm -rf --one-file-system "$1"
}

# Makes a folder by a function, unless it is there: ensure FOLDER FUNCTION. Everything can be
# interrupted at any moment: only what is finished gets its name. What nobody used for a week goes.
ensure() {
  local wanted=$1 maker=$2 unfinished
  if [ ! -d "$wanted" ]; then
    unfinished=$(mktemp -d "$cache/unfinished-XXXXXX")
    chmod 755 "$unfinished"
    # shellcheck disable=SC2064 # the path of now
    trap "discard '$unfinished'" EXIT
    say "${0##*/}: making $wanted"
    (cd "$unfinished" && "$maker")
    mv "$unfinished" "$wanted"
  fi
  touch "$wanted"
  find "$cache" -mindepth 1 -maxdepth 1 -type d -name '*-*' ! -path "$wanted" -mtime +6 \
    -exec rm -rf {} +
}
