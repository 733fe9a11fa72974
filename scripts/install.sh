#!/bin/sh
# install.sh [PART...]: installs what host/layout lists; without a PART all of it. `make install` builds first and calls it.
#
#   DESTDIR    directory that stands for / (a package being made); empty: this host
#   PREFIX     /usr by default, because the packages of kernel modules call /usr/lib/dkms/common.postinst by that name
#   FAMILY     family of the distribution (src/distro/); by default what os-release tells of this host
#   WITH_NODE  no: leave out the Node of node_modules, as every host has node 24 or newer; yes by default
#   FORCE      yes: also over a dkms that is not ours
set -eu
umask 022
cd "$(dirname "$0")/.."

destdir=${DESTDIR-}
prefix=${PREFIX:-/usr}
etc=/etc

fail() {
  echo "install: $*" >&2
  exit 1
}

# As src/distro/detect.ts: the first of ID and the words of ID_LIKE that is known.
detect_family() {
  for release in /etc/os-release /usr/lib/os-release; do
    [ -f "$release" ] && break
  done
  # shellcheck disable=SC1090
  words=$(. "$release" && echo "${ID-}" "${ID_LIKE-}")
  for word in $words; do
    case $word in
      ubuntu*) echo ubuntu; return ;;
      debian* | raspbian*) echo debian; return ;;
      fedora*) echo fedora; return ;;
      rhel* | centos* | almalinux* | rocky* | ol) echo rhel; return ;;
      sles* | sle_* | sled* | suse* | opensuse*) echo suse; return ;;
      arch*) echo arch; return ;;
      gentoo*) echo gentoo; return ;;
      mandriva* | mageia* | openmandriva* | rosa*) echo mandriva; return ;;
    esac
  done
  echo generic
}

# place TEXT: the text with the places of this host in it.
place() {
  echo "$1" | sed "$substitutions"
}

# sed script for every name between @.
make_substitutions() {
  sbin=$prefix/sbin
  [ "$family" != arch ] || sbin=$prefix/bin
  echo "s|@sbin@|$sbin|g;s|@pkglib@|$prefix/lib/dkms|g;s|@lib@|$prefix/lib|g;s|@share@|$prefix/share|g;s|@etc@|$etc|g
s|@prefix@|$prefix|g"
}

# copy MODE SOURCE TARGET: written beside its target and renamed, so that nothing ever runs half a script.
copy() {
  mkdir -p "$(dirname "$3")"
  case $2 in
    *.in) sed "$substitutions" "$2" >"$3.new" ;;
    *) cp "$2" "$3.new" ;;
  esac
  chmod "$1" "$3.new"
  mv -f "$3.new" "$3"
}

copy_tree() {
  find "$1" -type f | while read -r file; do
    copy 0644 "$file" "$2/${file#"$1"/}" </dev/null
  done
}

# A link within what is installed says where to go from its own directory, so that DESTDIR may be anything.
link() {
  mkdir -p "$(dirname "$2")"
  case $1 in
    /*) ln -sfn "$(relative "$1" "$(dirname "$2")")" "$2" ;;
    *) ln -sfn "$1" "$2" ;;
  esac
}

# relative TARGET DIRECTORY: both below $prefix.
relative() {
  up=
  directory=${2#"$destdir$prefix"/}
  while [ "$directory" != . ]; do
    up=../$up
    directory=$(dirname "$directory")
  done
  echo "$up${1#"$prefix"/}"
}

# install_entry KIND SOURCE TARGET
install_entry() {
  target=$destdir$3
  case $1 in
    file:*) copy "${1#file:}" "$2" "$target" ;;
    conf:*)
      if [ -e "$target" ]; then cmp -s "$2" "$target" || copy "${1#conf:}" "$2" "$target.new-version"
      else copy "${1#conf:}" "$2" "$target"; fi
      ;;
    tree) copy_tree "$2" "$target" ;;
    link) link "$2" "$target" ;;
    directory) [ -d "$target" ] || install -d -m "$2" "$target" ;;
    *) fail "host/layout: unknown kind $1" ;;
  esac
}

wanted_part() {
  case " $parts " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

wanted_family() {
  case ",$1," in *",all,"* | *",$family,"*) return 0 ;; *) return 1 ;; esac
}

# A dkms that another package brought is that package's to replace.
refuse_strangers() {
  [ -z "$destdir" ] && [ "${FORCE-}" != yes ] || return 0
  program=$(place @sbin@/dkms)
  [ -e "$program" ] || return 0
  case $(readlink -f "$program") in "$prefix"/lib/dkms-factory/*) return 0 ;; esac
  fail "$program belongs to another DKMS; remove that first, or run again with FORCE=yes to put this one in its place"
}

# Where the launchers look for it first (bin/dkms).
install_node() {
  for node in node_modules/node/bin/node node_modules/node/node_modules/node-linux-*/bin/node node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] || continue
    copy 0755 "$node" "$destdir$prefix/lib/dkms-factory/node_modules/node/bin/node"
    return
  done
  fail "node_modules holds no Node; run npm ci, or install with WITH_NODE=no"
}

case $prefix in /?*) ;; *) fail "PREFIX must be a path from the root, not $prefix" ;; esac
parts=${*:-program host doc}
for part in $parts; do
  case $part in program | host | doc) ;; *) fail "there is no part $part" ;; esac
done
family=${FAMILY:-$(detect_family)}
substitutions=$(make_substitutions)

if wanted_part program; then
  refuse_strangers
  [ -f dist/main.cjs ] || fail "dist/ does not exist; run make build"
fi
sed '/^#/d;/^$/d' host/layout | while read -r part families kind source target; do
  if wanted_part "$part" && wanted_family "$families"; then
    install_entry "$kind" "$(place "$source")" "$(place "$target")" </dev/null
  fi
done
if wanted_part program && [ "${WITH_NODE:-yes}" = yes ]; then install_node; fi
echo "== install: $parts for $family in ${destdir:-/}, prefix $prefix"
