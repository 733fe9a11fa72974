#!/bin/sh
# What `make demo` shows: a kernel module is built for two kernels, packed three ways, and loaded into an empty tree.
# It writes below demo-out/ only and needs no root: started as root it goes on as nobody, where that user can read the checkout.
set -eu
cd "$(dirname "$0")/.."

out=$PWD/demo-out
package=hello/1.0
source=fixtures/hello-1.0
arch=$(uname -m)

as_nobody() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$out" "$@"; }

mkdir -p "$out"
rm -rf "${out:?}"/*
if [ "$(id -u)" -eq 0 ] && as_nobody test -x bin/dkms -a -r dist/main.cjs 2>/dev/null; then
  chown nobody "$out"
  as_nobody sh scripts/demo.sh
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

# The two newest releases whose headers are installed.
kernels() {
  for build in /lib/modules/*/build; do
    [ -d "$build/include" ] && basename "$(dirname "$build")"
  done | sort -V | tail -n 2
}

releases=$(kernels)
if [ -z "$releases" ]; then
  echo 'the demo builds a kernel module, and no kernel headers are installed:' >&2
  echo 'apt-get install linux-headers-amd64, dnf install kernel-devel or zypper install kernel-default-devel' >&2
  exit 1
fi
on_kernels=
for release in $releases; do on_kernels="$on_kernels -k $release/$arch"; done

for place in workshop target; do mkdir -p "$out/$place/tree" "$out/$place/src" "$out/$place/etc"; done
mkdir "$out/artifacts"

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

step "what was made, below demo-out/"
# Name, size in bytes and the beginning of the digest of each file.
{
  echo "FILE BYTES SHA-256"
  (cd "$out" && find artifacts target -type f \( -name '*.tar.*' -o -name '*.ko*' \) | LC_ALL=C sort) | while read -r file; do
    digest=$(sha256sum "$out/$file")
    echo "$file $(wc -c <"$out/$file") $(printf '%.16s' "$digest")"
  done
} | awk '{
    name[NR] = $1; size[NR] = $2; digest[NR] = $3
    if (length($1) > width) width = length($1)
  }
  END { for (i = 1; i <= NR; i++) printf "%-" width "s  %9s  %s\n", name[i], size[i], digest[i] }'
