#!/bin/sh
# What `make demo` shows: a kernel module is built for two kernels, packed three ways, loaded into an empty tree and
# made into packages; and one of the distribution is built for up to three kernels and put on driver disks of every format.
# It writes below demo-out/ only (and .cache/, for what is fetched) and needs no root: started as root it goes on as nobody,
# where that user can read the checkout.
set -eu
cd "$(dirname "$0")/.."

out=$PWD/demo-out
package=hello/1.0
source=fixtures/hello-1.0
arch=$(uname -m)

as_nobody() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$out" "$@"; }

# The source of a real package, fetched without installing it; where that is impossible, that of the fixture.
real_package=bbswitch-dkms
fetched_source() {
  unpacked_source && return
  command -v apt-get >/dev/null 2>&1 || return 1
  timeout 60 sh scripts/fetch-deb.sh --extract $real_package >/dev/null 2>&1 || return 1
  unpacked_source
}
unpacked_source() {
  for conf in .cache/extracted/"$real_package"_*/usr/src/*/dkms.conf; do
    [ -r "$conf" ] && dirname "$conf" && return
  done
  return 1
}
[ -n "${disk_source-}" ] || disk_source=$(fetched_source) || disk_source=$source

mkdir -p "$out"
rm -rf "${out:?}"/*
if [ "$(id -u)" -eq 0 ] && as_nobody test -x "$PWD/bin/dkms" -a -r "$PWD/dist/main.cjs" 2>/dev/null; then
  chown nobody "$out"
  as_nobody test -r "$disk_source/dkms.conf" || disk_source=$source
  as_nobody disk_source="$disk_source" sh scripts/demo.sh
  exit
fi

step() { printf '\n== %s\n' "$*"; }

# The options that lead to roots of its own: `roots workshop`.
roots() { echo "--dkmstree demo-out/$1/tree --sourcetree demo-out/$1/src --etc demo-out/$1/etc"; }

# Shows a command as a person would type it, then runs it: `show WORKSHOP add hello/1.0`.
show() {
  place=$1
  shift
  echo "\$ dkms-factory $* \$$place"
  case $place in WORKSHOP) options=$workshop ;; *) options=$target ;; esac
  # shellcheck disable=SC2086
  bin/dkms-factory "$@" $options
}

# The newest releases whose headers are installed: `kernels HOW_MANY`.
kernels() {
  for build in /lib/modules/*/build; do
    [ -d "$build/include" ] && basename "$(dirname "$build")"
  done | sort -V | tail -n "$1"
}

# As options: `on RELEASE...`.
on() { for release in "$@"; do printf ' -k %s/%s' "$release" "$arch"; done; }

# The plain value of a directive: `directive PACKAGE_NAME SOURCE`.
directive() { sed -n "s/^$1=\"*\([^\"]*\)\"*\$/\1/p" "$2/dkms.conf"; }

# Shows and runs a command, and prints only the lines that match: `brief PATTERN WORKSHOP verify ...`. What a missing
# program makes impossible is named and left out.
brief() {
  pattern=$1
  shift
  if show "$@" >"$out/last" 2>"$out/errors"; then
    grep -e '^\$' -e "$pattern" "$out/last"
  elif grep -q TOOL_MISSING "$out/errors"; then
    head -n 1 "$out/last"
    sed -n 's/^Error! */left out: /p' "$out/errors"
    return 1
  else
    cat "$out/last" "$out/errors" >&2
    exit 1
  fi
}

releases=$(kernels 2)
if [ -z "$releases" ]; then
  echo 'the demo builds a kernel module, and no kernel headers are installed:' >&2
  echo 'apt-get install linux-headers-amd64, dnf install kernel-devel or zypper install kernel-default-devel' >&2
  exit 1
fi
# shellcheck disable=SC2086
on_kernels=$(on $releases)

for place in workshop target; do mkdir -p "$out/$place/tree" "$out/$place/src" "$out/$place/etc"; done
mkdir "$out/artifacts" "$out/packages" "$out/disks"

workshop=$(roots workshop)
target=$(roots target)
echo "WORKSHOP='$workshop'"
echo "TARGET='$target'"

step 'check the source of a module, and bring it into a tree'
show WORKSHOP lint "$source"
show WORKSHOP add "$source"

# shellcheck disable=SC2086
{
  step "build it for" $releases
  show WORKSHOP build $package $on_kernels
  show WORKSHOP status

  step 'pack it three ways'
  show WORKSHOP mktarball $package $on_kernels --archive demo-out/artifacts/hello-1.0.dkms.tar.gz
  show WORKSHOP mktarball $package --source-only --archive demo-out/artifacts/hello-1.0-source.dkms.tar.xz
  show WORKSHOP mktarball $package $on_kernels --binaries-only --archive demo-out/artifacts/hello-1.0-binaries.dkms.tar.zst
}

step 'load it into an empty tree, without compiling anything'
show TARGET ldtarball demo-out/artifacts/hello-1.0.dkms.tar.gz
show TARGET status

# What a program of the distribution says of a file, where there is one: `ask rpm -qpi FILE`.
ask() {
  command -v "$1" >/dev/null 2>&1 || return 0
  echo "\$ $*"
  "$@"
}

# shellcheck disable=SC2086
{
  step 'packages of it, with neither rpmbuild nor dpkg'
  show WORKSHOP mkrpm $package $on_kernels --output demo-out/packages
  show WORKSHOP mkdeb $package $on_kernels --output demo-out/packages
  show WORKSHOP mkdsc $package --source-only --output demo-out/packages
}
for file in demo-out/packages/*.rpm demo-out/packages/*.deb demo-out/packages/*.dsc; do
  brief ': in order' WORKSHOP verify "$file"
done
ask rpm --dbpath "$out/rpmdb" --checksig demo-out/packages/hello-1.0-1dkms.noarch.rpm
rm -rf "$out/rpmdb"
ask dpkg-deb --field demo-out/packages/hello-dkms_1.0_all.deb Package Version Depends

# Format, name of the disk, and what the format has to be told.
formats() {
  cat <<END
redhat1     redhat1.img
redhat2     redhat2.img
redhat3     redhat3.iso
suse        suse.img        -r sles11
unitedlinux unitedlinux.img -r ul1
dud         dud.iso         --dist sle15sp6 --dist leap16.0
ubuntu      ubuntu.iso
debian      debian.img      --dist ubuntu/trusty
universal   universal.iso   --dist ubuntu/trusty
END
}

# shellcheck disable=SC2086
{
  releases=$(kernels 3)
  on_kernels=$(on $releases)
  if [ "$disk_source" = "$source" ]; then
    echo
    echo "$real_package could not be fetched: the disks are made of $source"
    disk_package=$package
  else
    disk_package=$(directive PACKAGE_NAME "$disk_source")/$(directive PACKAGE_VERSION "$disk_source")
    step "bring a package of the distribution into the tree: $real_package"
    show WORKSHOP add "$disk_source"
  fi
  step "build it for" $releases
  if ! show WORKSHOP build $disk_package $on_kernels; then
    echo "$disk_package does not build for all of them: the disks are made of $source"
    disk_package=$package
    show WORKSHOP build $disk_package $on_kernels
  fi
  step 'driver disks of every format, and whether their installers would take them'
  # From another descriptor, so that what is run cannot eat the list.
  formats >"$out/formats"
  while read -r format name options <&3; do
    if brief '^Disk image' WORKSHOP mkdriverdisk $disk_package --format $format $options --all --output "demo-out/disks/$name"; then
      brief ': accepted' WORKSHOP verify "demo-out/disks/$name"
    fi
  done 3<"$out/formats"
  rm -f "$out/formats" "$out/last" "$out/errors"
}

step "what was made, below demo-out/"
# Name, size in bytes and the beginning of the digest of each file.
{
  echo "FILE BYTES SHA-256"
  (cd "$out" && find artifacts packages disks target -type f ! -path '*/source/*' \( -name '*.tar.*' -o -name '*.ko*' -o -name '*.i[ms]*' -o -name '*.rpm' -o -name '*.d[es]*' \) | LC_ALL=C sort) | while read -r file; do
    digest=$(sha256sum "$out/$file")
    echo "$file $(wc -c <"$out/$file") $(printf '%.16s' "$digest")"
  done
} | awk '{
    name[NR] = $1; size[NR] = $2; digest[NR] = $3
    if (length($1) > width) width = length($1)
  }
  END { for (i = 1; i <= NR; i++) printf "%-" width "s  %9s  %s\n", name[i], size[i], digest[i] }'
