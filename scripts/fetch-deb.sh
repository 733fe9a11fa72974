#!/bin/sh
# usage: fetch-deb.sh [--extract] PACKAGE...
#        fetch-deb.sh [--extract] --pool FILE SHA256
#
# Downloads Debian packages into .cache/debs, each only once, and prints the path of each. With --extract it unpacks
# each below .cache/extracted as well and prints that directory instead. Nothing is installed and no maintainer script
# runs; the system's package state is not touched. Safe to call from several tests at once.
#
# With --pool it fetches one package of any release of Debian: FILE is its place in the archive, such as
# pool/main/d/dkms/dkms_2.8.4-3_all.deb, taken from the mirror that apt is set up with; SHA256 is what it has to have.
set -eu

cache=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)/.cache
mkdir -p "$cache/debs" "$cache/pool" "$cache/extracted"

usage() {
  sed -n 's/^# usage: /usage: /p; s/^#   *fetch-deb/       fetch-deb/p' "$0" >&2
  exit 2
}

# As root apt would switch to a user who cannot write here.
as_root='APT::Sandbox::User=root'

deb_of() {
  find "$cache/debs" -maxdepth 1 -name "$1_*.deb" | sort | tail -n 1
}

download() {
  staging=$(mktemp -d "$cache/debs/.download.XXXXXX")
  if (cd "$staging" && apt-get -o "$as_root" -q -q download "$1" >&2); then
    mv "$staging"/*.deb "$cache/debs/"
    rmdir "$staging"
  else
    rm -rf "$staging"
    return 1
  fi
}

# The mirrors of Debian's own archive, security updates apart.
mirrors() {
  # shellcheck disable=SC2016 # apt expands it
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | sort -u
}

download_from_pool() {
  staging=$(mktemp -d "$cache/pool/.download.XXXXXX")
  for mirror in $(mirrors); do
    if /usr/lib/apt/apt-helper -o "$as_root" download-file "$mirror/$1" "$staging/deb" "SHA256:$2" >&2; then
      mv "$staging/deb" "$cache/$3"
      rmdir "$staging"
      return
    fi
  done
  rm -rf "$staging"
  echo "no mirror of Debian that apt knows has $1 with the digest $2" >&2
  return 1
}

unpack() {
  staging=$(mktemp -d "$cache/extracted/.unpack.XXXXXX")
  dpkg-deb -x "$1" "$staging"
  chmod 755 "$staging"
  mv -T "$staging" "$2"
}

show() {
  if [ "$extract" = no ]; then
    echo "$1"
    return
  fi
  directory="$cache/extracted/$(basename "$1" .deb)"
  [ -d "$directory" ] || unpack "$1" "$directory"
  echo "$directory"
}

extract=no
if [ "${1-}" = --extract ]; then
  extract=yes
  shift
fi
case "${1-}" in
  --pool) [ $# -eq 3 ] || usage ;;
  '' | -*) usage ;;
esac

exec 9>"$cache/debs/.lock"
flock 9
if [ "$1" = --pool ]; then
  name=pool/$(basename "$2")
  [ -f "$cache/$name" ] || download_from_pool "$2" "$3" "$name"
  show "$cache/$name"
  exit
fi
for package in "$@"; do
  deb=$(deb_of "$package")
  if [ -z "$deb" ]; then
    download "$package"
    deb=$(deb_of "$package")
  fi
  show "$deb"
done
