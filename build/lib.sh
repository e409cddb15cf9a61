# What the build scripts share; sourced by each of them, never run.
# shellcheck shell=bash

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT

# Messages go to stderr: stdout is for results.
say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}

# Prints the comment at the head of a script, which is its help.
show_help() {
  sed -n '2,/^[^#]/{ s/^# \{0,1\}//p }' "$1"
}

# The processor as Bun and our artefacts name it: x64 or arm64.
host_arch() {
  case $(uname -m) in
    x86_64) echo x64 ;;
    aarch64) echo arm64 ;;
    *) die "no runtime for $(uname -m): x86_64 and aarch64 are supported" ;;
  esac
}

# The npm package that holds the runtime for an architecture.
bun_package() {
  case $1 in
    x64) echo bun-linux-x64 ;;
    arm64) echo bun-linux-aarch64 ;;
    *) die "unknown architecture: $1" ;;
  esac
}

# The runtime's binary lies whole in its npm package; no install script has to run for it.
bun_path() {
  echo "$ROOT/node_modules/@oven/$(bun_package "$(host_arch)")/bin/bun"
}

# Deno's binary, from its npm package.
deno_path() {
  echo "$ROOT/node_modules/@deno/linux-$(host_arch)-glibc/deno"
}

# The executable that build/build makes for an architecture.
artefact_name() {
  case $1 in
    x64) echo holdfast ;;
    *) echo "holdfast-linux-$1" ;;
  esac
}

# The executable that runs on this machine.
native_artefact() {
  echo "$ROOT/dist/$(artefact_name "$(host_arch)")"
}

# Runs a function beside what follows, until await_beside. Whatever ends the script ends it, too: it
# has a process group of its own, which a Ctrl-C of the terminal does not reach.
start_beside() {
  set -m
  "$@" </dev/null &
  beside=$!
  set +m
  trap 'kill -- "-$beside" 2>/dev/null || :' EXIT
  trap 'exit 130' INT TERM HUP
}

# Ends as the function ended.
await_beside() {
  wait "$beside"
  trap - EXIT
}
