#!/bin/sh
# setup-system.sh GROUP...: installs what is missing of the named groups, through apt, dnf or zypper, as root or with
# sudo. What cannot be installed is named, and the exit status is 0 all the same: tests that need it are skipped by name.
# Nothing is done, and no package manager is started, when nothing is missing.
#
# Groups: node (npm itself), build (what the program runs), headers (kernels to build for), disk (what writes and reads disk
# images), lint, test, bench.
set -u
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# group, program or file that must exist, package in apt, dnf and zypper; - where there is none to install
table() {
  cat <<'END'
node   npm        npm               nodejs-npm       npm-default
build  bash       bash              bash             bash
build  make       make              make             make
build  gcc        gcc               gcc              gcc
build  strip      binutils          binutils         binutils
build  patch      patch             patch            patch
build  flock      util-linux        util-linux       util-linux
build  depmod     kmod              kmod             kmod
build  tar        tar               tar              tar
build  xz         xz-utils          xz               xz
build  zstd       zstd              zstd             zstd
build  bzip2      bzip2             bzip2            bzip2
lint   shellcheck shellcheck        ShellCheck       ShellCheck
test   dkms       dkms              dkms             dkms
test   modinfo    kmod              kmod             kmod
test   rpm        rpm               rpm              rpm
test   rpmbuild   rpm               rpm-build        rpm-build
test   rpmsign    rpm               rpm-sign         rpm-build
test   rpmlint    rpmlint           rpmlint          rpmlint
test   dpkg-deb   dpkg              dpkg             dpkg
test   dpkg-source dpkg-dev         dpkg-dev         -
test   lsb_release lsb-release     -                -
test   dh         debhelper         debhelper        -
test   fakeroot   fakeroot          fakeroot         fakeroot
test   lintian    lintian           -                -
test   dscverify  devscripts        -                -
test   debsig-verify debsig-verify  -                -
test   gpg        gnupg             gnupg2           gpg2
test   openssl    openssl           openssl          openssl
disk   bsdtar     libarchive-tools  bsdtar           bsdtar
test   groff      groff             groff            groff-full
test   mandoc     mandoc            mandoc           mandoc
test   zsh        zsh               zsh              zsh
test   fish       fish              fish             fish
test   busybox    busybox-static    busybox          busybox-static
test   cpio       cpio              cpio             cpio
disk   xorriso    xorriso           xorriso          xorriso
disk   mcopy      mtools            mtools           mtools
disk   mkfs.vfat  dosfstools        dosfstools       dosfstools
disk   debugfs    e2fsprogs         e2fsprogs        e2fsprogs
test   mksquashfs squashfs-tools    squashfs-tools   squashfs
test   createrepo_c createrepo-c    createrepo_c     createrepo_c
test   /usr/lib/python3/dist-packages/createrepo_c python3-createrepo-c - -
test   qemu-system-x86_64 qemu-system-x86 qemu-system-x86-core qemu-x86
test   /usr/share/OVMF/OVMF_CODE_4M.fd ovmf - -
bench  dkms       dkms              dkms             dkms
bench  rpmbuild   rpm               rpm-build        rpm-build
bench  createrepo_c createrepo-c    createrepo_c     createrepo_c
END
}

say() { echo "== setup: $*"; }

package_manager() {
  for manager in apt-get dnf zypper; do
    command -v "$manager" >/dev/null 2>&1 && { echo "${manager%-get}"; return; }
  done
}

# The packages of the groups whose program or file does not exist.
missing_packages() {
  table | while read -r group program apt dnf zypper; do
    case " $groups " in *" $group "*) ;; *) continue ;; esac
    if command -v "$program" >/dev/null 2>&1 || [ -e "$program" ]; then continue; fi
    case $manager in
      apt) name=$apt ;;
      dnf) name=$dnf ;;
      zypper) name=$zypper ;;
      *) name=$program ;;
    esac
    [ "$name" = - ] || echo "$name"
  done
  case " $groups " in *' headers '*) missing_headers ;; esac
}

# Releases under /lib/modules whose headers can be built against.
releases_with_headers() {
  for build in /lib/modules/*/build; do
    [ -d "$build/include" ] && basename "$(dirname "$build")"
  done
}

plain_release='^[0-9.]+-[0-9]+-(amd64|arm64|generic)$'
other_release='^[0-9.]+-[0-9]+-(cloud-|rt-)(amd64|arm64)$|^[0-9.]+-[0-9]+-lowlatency$'

# Tests and the demo want three kernels, two releases of the plain one and one of another flavour: the newest on offer.
missing_headers() {
  case $manager in
    apt) ;;
    dnf) [ -n "$(releases_with_headers)" ] || echo kernel-devel; return ;;
    *) [ -n "$(releases_with_headers)" ] || echo kernel-default-devel; return ;;
  esac
  plain=$(releases_with_headers | grep -Ec "$plain_release")
  other=$(releases_with_headers | grep -Ec "$other_release")
  [ "$plain" -ge 2 ] && [ "$other" -ge 1 ] && return
  offered=$(apt-cache pkgnames linux-headers- | sed -n 's/^linux-headers-\([0-9]\)/\1/p' | sort -rV)
  # Not known before the first apt-get update: the name that always exists makes install_all run it and ask again.
  [ -n "$offered" ] || { echo linux-headers-generic; return; }
  [ "$plain" -ge 2 ] || echo "$offered" | grep -E "$plain_release" | head -n 2 | sed 's/^/linux-headers-/'
  [ "$other" -ge 1 ] || echo "$offered" | grep -E "$other_release" | head -n 1 | sed 's/^/linux-headers-/'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

may_install() {
  [ -n "$manager" ] || return 1
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null 2>&1 || return 1
  [ -t 0 ] || sudo -n true 2>/dev/null
}

install_packages() {
  case $manager in
    apt) as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" ;;
    dnf) as_root dnf install -y -q --setopt=install_weak_deps=False "$@" ;;
    zypper) as_root zypper --non-interactive --quiet install --no-recommends "$@" ;;
  esac >"$log" 2>&1
}

refresh() {
  case $manager in
    apt) as_root apt-get update -qq ;;
    dnf) as_root dnf makecache -q ;;
    zypper) as_root zypper --non-interactive --quiet refresh ;;
  esac >"$log" 2>&1
}

# All at once; where that fails with fresh lists too, one by one, so that one that is not on offer stops no other.
install_all() {
  # shellcheck disable=SC2086
  install_packages $missing && return
  refresh
  missing=$(missing_packages | sort -u)
  # shellcheck disable=SC2086
  install_packages $missing && return
  for package in $missing; do
    install_packages "$package" || say "could not install $package: $(tail -n 1 "$log")"
  done
}

groups=$*
manager=$(package_manager)
missing=$(missing_packages | sort -u)
[ -n "$missing" ] || exit 0

if ! may_install; then
  # shellcheck disable=SC2086
  say "not installed, and only root can change that:" $missing
  say "going on without; what needs them is left out and named"
  exit 0
fi

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
say "installing through $manager:" $missing
install_all
missing=$(missing_packages | sort -u)
# shellcheck disable=SC2086
[ -z "$missing" ] || say "still missing, going on without:" $missing
exit 0
