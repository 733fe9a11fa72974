#!/bin/sh
# usage: fetch-deb.sh [--extract] PACKAGE...
#
# Downloads Debian packages into .cache/debs, each only once, and prints the path of each. With --extract it unpacks
# each below .cache/extracted as well and prints that directory instead. Nothing is installed and no maintainer script
# runs; the system's package state is not touched. Safe to call from several tests at once.
set -eu

cache=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)/.cache
mkdir -p "$cache/debs" "$cache/extracted"

extract=no
if [ "${1-}" = --extract ]; then
  extract=yes
  shift
fi
if [ $# -eq 0 ]; then
  echo 'usage: fetch-deb.sh [--extract] PACKAGE...' >&2
  exit 2
fi

deb_of() {
  find "$cache/debs" -maxdepth 1 -name "$1_*.deb" | sort | tail -n 1
}

download() {
  staging=$(mktemp -d "$cache/debs/.download.XXXXXX")
  # As root apt would switch to a user who cannot write here.
  if (cd "$staging" && apt-get -o APT::Sandbox::User=root -q -q download "$1" >&2); then
    mv "$staging"/*.deb "$cache/debs/"
    rmdir "$staging"
  else
    rm -rf "$staging"
    return 1
  fi
}

unpack() {
  staging=$(mktemp -d "$cache/extracted/.unpack.XXXXXX")
  dpkg-deb -x "$1" "$staging"
  chmod 755 "$staging"
  mv -T "$staging" "$2"
}

exec 9>"$cache/debs/.lock"
flock 9
for package in "$@"; do
  deb=$(deb_of "$package")
  if [ -z "$deb" ]; then
    download "$package"
    deb=$(deb_of "$package")
  fi
  if [ "$extract" = no ]; then
    echo "$deb"
    continue
  fi
  directory="$cache/extracted/$(basename "$deb" .deb)"
  [ -d "$directory" ] || unpack "$deb" "$directory"
  echo "$directory"
done
