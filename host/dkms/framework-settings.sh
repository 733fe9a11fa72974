# shellcheck shell=sh
# Read by common.postinst and dkms_autoinstaller: the settings of /etc/dkms/framework.conf that they need.
#
# framework.conf is shell for bash. It is read by a bash of its own with an environment of its own, so that whatever
# else it defines, prints or breaks stays there.

# shellcheck disable=SC2034 # its callers use them
# read_framework: sets dkms_tree, source_tree, install_tree, autoinstall_all_kernels and continue_on_error.
read_framework() {
  dkms_tree=/var/lib/dkms
  source_tree=/usr/src
  install_tree=/lib/modules
  autoinstall_all_kernels=no
  continue_on_error=yes
  while IFS='=' read -r setting_name setting_value; do
    [ -n "$setting_value" ] || continue
    case $setting_name in
      dkms_tree) dkms_tree=$setting_value ;;
      source_tree) source_tree=$setting_value ;;
      install_tree) install_tree=$setting_value ;;
      autoinstall_all_kernels) autoinstall_all_kernels=$setting_value ;;
      continue_on_error) continue_on_error=$setting_value ;;
    esac
  done <<SETTINGS
$(print_framework)
SETTINGS
}

# The text between the quotes is for bash: nothing in it is expanded here.
# shellcheck disable=SC2016
print_framework() {
  [ -e /etc/dkms/framework.conf ] || [ -d /etc/dkms/framework.conf.d ] || return 0
  command -v bash >/dev/null 2>&1 || return 0
  env -i PATH="$PATH" kernelver="$(uname -r)" arch="$(uname -m)" \
    dkms_tree="$dkms_tree" source_tree="$source_tree" install_tree="$install_tree" \
    bash --norc --noprofile -c '
      exec 3>&1 1>&2
      print_settings() {
        local name
        for name in dkms_tree source_tree install_tree autoinstall_all_kernels continue_on_error; do
          builtin printf "%s=%s\n" "$name" "${!name%$'"'\\r'"'}" >&3
        done
      }
      trap print_settings EXIT
      for file in /etc/dkms/framework.conf /etc/dkms/framework.conf.d/*.conf; do
        if [ -f "$file" ]; then . "$file"; fi
      done'
}

# is_yes VALUE
is_yes() {
  case $1 in
    [Yy] | [Yy][Ee][Ss] | [Tt][Rr][Uu][Ee] | [Oo][Nn] | 1) return 0 ;;
    *) return 1 ;;
  esac
}

# has_headers KERNEL: whether modules can be built for it.
has_headers() {
  [ -d "$install_tree/$1/build/include" ]
}

# headers_package KERNEL: prints what to install to get its headers, as well as the name of the kernel tells it.
headers_package() {
  if command -v dpkg >/dev/null 2>&1; then
    echo "linux-headers-$1"
  elif [ -e /etc/SUSE-brand ] || command -v zypper >/dev/null 2>&1; then
    echo "kernel-${1##*-}-devel"
  elif command -v rpm >/dev/null 2>&1; then
    echo "kernel-devel-$1"
  else
    echo "the headers package of kernel $1"
  fi
}
