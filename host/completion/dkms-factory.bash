# bash completion for dkms and dkms-factory.
# Made by scripts/generate-host-files.ts from the tables of the program; edit those instead.

# Prints the value the command line gives an option, or the default.
_dkms_factory_place() {
  local option=$1 place=$2 index
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [[ ${COMP_WORDS[index]} == "--$option" ]]; then
      if [[ ${COMP_WORDS[index + 1]-} == '=' ]]; then
        place=${COMP_WORDS[index + 2]-}
      else
        place=${COMP_WORDS[index + 1]-}
      fi
    fi
  done
  printf '%s\n' "$place"
}

_dkms_factory_status() {
  "${COMP_WORDS[0]}" status --dkmstree "$(_dkms_factory_place dkmstree /var/lib/dkms)" \
    --sourcetree "$(_dkms_factory_place sourcetree /usr/src)" \
    --installtree "$(_dkms_factory_place installtree /lib/modules)" 2>/dev/null
}

_dkms_factory_packages() {
  _dkms_factory_status | sed -n 's|^\([^ ]*/[^ ]*\)[,:] .*|\1|p' | sort -u
}

# The versions of the package that -m names, or of all.
_dkms_factory_versions() {
  local name index
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [[ ${COMP_WORDS[index]} == @(-m|--module*) ]]; then
      name=${COMP_WORDS[index + 1]}
      if [[ $name == '=' ]]; then name=${COMP_WORDS[index + 2]-}; fi
    fi
  done
  _dkms_factory_packages | while IFS= read -r package; do
    if [[ -z ${name-} || ${package%%/*} == "$name" ]]; then printf '%s\n' "${package#*/}"; fi
  done | sort -u
}

_dkms_factory_kernels() {
  local directory
  for directory in "$(_dkms_factory_place installtree /lib/modules)"/*/; do
    directory=${directory%/}
    if [[ -d $directory ]]; then printf '%s\n' "${directory##*/}"; fi
  done
}

# Prints what the value of an option is; nothing for a flag.
_dkms_factory_kind() {
  case $1 in
    -m | --module) echo package ;;
    -v | --package-version) echo version ;;
    -k | --kernelver) echo kernel ;;
    --archive) echo file ;;
    -a | --arch) echo arch ;;
    --templatekernel) echo kernel ;;
    -c | --conf) echo file ;;
    --dkmstree) echo directory ;;
    --sourcetree) echo directory ;;
    --installtree) echo directory ;;
    --etc) echo directory ;;
    --config) echo file ;;
    --kernelsourcedir) echo directory ;;
    --directive) echo directive ;;
    -j | --jobs) echo text ;;
    --progress) echo progress ;;
    --keyring) echo file ;;
    --wait) echo text ;;
    --output) echo directory ;;
    --profile) echo text ;;
    --compress) echo text ;;
    --format) echo text ;;
    --style) echo text ;;
    --symvers) echo file ;;
    --certificate) echo file ;;
    --spec) echo file ;;
    --legacy-postinst) echo text ;;
    --sign-key) echo file ;;
    --sign-passphrase) echo file ;;
    -r | --release) echo text ;;
    --epoch) echo text ;;
    --license) echo text ;;
    --summary) echo text ;;
    --description) echo text ;;
    --url) echo text ;;
    --vendor) echo text ;;
    --maintainer) echo text ;;
    --packager) echo text ;;
    --group) echo text ;;
    --section) echo text ;;
    --priority) echo text ;;
    --requires) echo text ;;
    --pre-depends) echo text ;;
    --recommends) echo text ;;
    --suggests) echo text ;;
    --supplements) echo text ;;
    --enhances) echo text ;;
    --conflicts) echo text ;;
    --breaks) echo text ;;
    --provides) echo text ;;
    --replaces) echo text ;;
    -d | --distro) echo text ;;
    --media) echo text ;;
    --size) echo text ;;
    --dist) echo text ;;
    --label) echo text ;;
    --number) echo text ;;
    --include) echo file ;;
    --signature) echo text ;;
    --initrd) echo file ;;
    -q | --quiet) ;;
    -V | --version) ;;
    -h | --help) ;;
    --binaries-only) ;;
    --source-only) ;;
    --force-version-override) ;;
    --force) ;;
    --all-kernels) ;;
    --all) ;;
    --verbose) ;;
    --rpm_safe_upgrade) ;;
    --symlink-modules) ;;
    --no-depmod) ;;
    --modprobe-on-install) ;;
    --debug) ;;
    --require-signature) ;;
    --keep-going) ;;
    --json) ;;
    --dry-run) ;;
    --trust) ;;
    --legacy-directives) ;;
    --akmod) ;;
    --needs-initrd) ;;
    --sign) ;;
    --module*) echo package ;;
    --kernelver*) echo kernel ;;
    --archive*) echo file ;;
    --arch*) echo arch ;;
    --templatekernel*) echo kernel ;;
    --dkmstree*) echo directory ;;
    --sourcetree*) echo directory ;;
    --installtree*) echo directory ;;
    --config*) echo file ;;
    --kernelsourcedir*) echo directory ;;
    --directive*) echo directive ;;
    --legacy-postinst*) echo text ;;
    --release*) echo text ;;
    --distro*) echo text ;;
    --media*) echo text ;;
    --size*) echo text ;;
  esac
}

# _dkms_factory_add KIND: adds what begins as the word under the cursor.
_dkms_factory_add() {
  local found=()
  case $1 in
    file) compopt -o filenames 2>/dev/null; mapfile -t found < <(compgen -f -- "$current") ;;
    directory) compopt -o filenames 2>/dev/null; mapfile -t found < <(compgen -d -- "$current") ;;
    package) mapfile -t found < <(compgen -W "$(_dkms_factory_packages)" -- "$current") ;;
    version) mapfile -t found < <(compgen -W "$(_dkms_factory_versions)" -- "$current") ;;
    kernel) mapfile -t found < <(compgen -W "$(_dkms_factory_kernels)" -- "$current") ;;
    arch) mapfile -t found < <(compgen -W 'x86_64 aarch64 armv7l i686 ppc64le riscv64 s390x loongarch64' -- "$current") ;;
    directive) compopt -o nospace 2>/dev/null; mapfile -t found < <(compgen -S = -W 'PACKAGE_NAME PACKAGE_VERSION BUILT_MODULE_NAME BUILT_MODULE_LOCATION DEST_MODULE_NAME DEST_MODULE_LOCATION STRIP MAKE MAKE_MATCH CLEAN PATCH PATCH_MATCH POST_ADD PRE_BUILD POST_BUILD PRE_INSTALL POST_INSTALL POST_REMOVE PRE_REMOVE AUTOINSTALL BUILD_DEPENDS BUILD_DEPENDS_REBUILD BUILD_EXCLUSIVE_KERNEL BUILD_EXCLUSIVE_KERNEL_MIN BUILD_EXCLUSIVE_KERNEL_MAX BUILD_EXCLUSIVE_ARCH BUILD_EXCLUSIVE_CONFIG OBSOLETE_BY NO_WEAK_MODULES REMAKE_INITRD MODULES_CONF MODULES_CONF_OBSOLETES MODULES_CONF_ALIAS_TYPE MODULES_CONF_OBSOLETE_ONLY SIGN_FILE MOK_SIGNING_KEY MOK_CERTIFICATE' -- "$current") ;;
    progress) mapfile -t found < <(compgen -W 'auto plain bar json none' -- "$current") ;;
  esac
  COMPREPLY+=("${found[@]}")
}

_dkms_factory_options() {
  case $1 in
    add) echo '-m --module -v --package-version --archive -c --conf -q --quiet -V --version -h --help --force --verbose --rpm_safe_upgrade --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --wait' ;;
    build) echo '-m --module -v --package-version -k --kernelver -a --arch -c --conf -q --quiet -V --version -h --help --force --all-kernels --verbose --dkmstree --sourcetree --installtree --etc --config --kernelsourcedir --directive --debug --require-signature -j --jobs --json --progress --dry-run --wait' ;;
    install) echo '-m --module -v --package-version -k --kernelver -a --arch -c --conf -q --quiet -V --version -h --help --force-version-override --force --all-kernels --verbose --rpm_safe_upgrade --dkmstree --sourcetree --installtree --etc --symlink-modules --config --kernelsourcedir --directive --no-depmod --modprobe-on-install --debug --require-signature -j --jobs --json --progress --dry-run --wait --legacy-directives' ;;
    uninstall) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all --verbose --dkmstree --sourcetree --installtree --etc --directive --no-depmod --debug --json --progress --dry-run --wait --legacy-directives' ;;
    autoinstall) echo '-k --kernelver -a --arch -q --quiet -V --version -h --help --all-kernels --verbose --dkmstree --sourcetree --installtree --etc --symlink-modules --no-depmod --debug --require-signature -j --jobs --keep-going --json --progress --dry-run --wait' ;;
    match) echo '-m --module -v --package-version -k --kernelver -a --arch --templatekernel -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --symlink-modules --no-depmod --debug --require-signature -j --jobs --json --progress --dry-run --wait' ;;
    rebuild) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all-kernels --verbose --dkmstree --sourcetree --installtree --etc --no-depmod --debug --require-signature -j --jobs --json --progress --dry-run --wait' ;;
    unbuild) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all --verbose --dkmstree --sourcetree --installtree --etc --no-depmod --debug --json --progress --dry-run --wait' ;;
    remove) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all --verbose --rpm_safe_upgrade --dkmstree --sourcetree --installtree --etc --no-depmod --debug --json --progress --dry-run --wait --legacy-directives' ;;
    status) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --wait' ;;
    repair) echo '-q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --wait' ;;
    mktarball) echo '-m --module -v --package-version -k --kernelver --archive -a --arch -c --conf -q --quiet -V --version -h --help --binaries-only --source-only --all --verbose --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --wait' ;;
    ldtarball) echo '-m --module -v --package-version --archive -q --quiet -V --version -h --help --force --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --trust --wait' ;;
    mkrpm) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --binaries-only --source-only --all --verbose --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --wait --output --profile --compress --spec --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --vendor --maintainer --packager --group --requires --recommends --suggests --supplements --enhances --conflicts --provides --replaces' ;;
    mkkmod) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all --verbose --dkmstree --sourcetree --installtree --etc --kernelsourcedir --directive --debug --json --progress --dry-run --wait --output --compress --style --akmod --symvers --certificate --needs-initrd --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --vendor --maintainer --packager --group --requires --recommends --suggests --supplements --enhances --conflicts --provides --replaces' ;;
    mkkmp) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --kernelsourcedir --directive --debug --json --progress --dry-run --wait --output --compress --style --certificate --needs-initrd --spec --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --vendor --maintainer --packager --group --requires --recommends --suggests --supplements --enhances --conflicts --provides --replaces' ;;
    mkdeb) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --binaries-only --source-only --all --verbose --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --wait --output --compress --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --maintainer --packager --section --priority --requires --pre-depends --recommends --suggests --enhances --conflicts --breaks --provides --replaces' ;;
    mkdsc) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --binaries-only --source-only --all --verbose --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --wait --output --compress --format --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --maintainer --packager --section --priority --requires --pre-depends --recommends --suggests --enhances --conflicts --breaks --provides --replaces' ;;
    mkbmdeb) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all --verbose --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --wait --output --compress --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --maintainer --packager --section --priority --requires --pre-depends --recommends --suggests --enhances --conflicts --breaks --provides --replaces' ;;
    mkdriverdisk) echo '-m --module -v --package-version -k --kernelver -a --arch -q --quiet -V --version -h --help --all --verbose --dkmstree --sourcetree --installtree --etc --config --kernelsourcedir --directive --debug --require-signature -j --jobs --json --progress --dry-run --wait --output --compress --format --spec --sign --sign-key --sign-passphrase -r --release --license --summary --description --maintainer -d --distro --media --size --dist --label --number --include --signature --initrd' ;;
    show) echo '-q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --wait' ;;
    verify) echo '-k --kernelver -a --arch -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --keyring --wait --symvers -r --release' ;;
    lint) echo '-q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --directive --debug --json --progress --dry-run --trust --wait' ;;
    inspect) echo '-q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --keyring --wait' ;;
    kernel_preinst) echo '-k --kernelver -a --arch -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --no-depmod --debug --json --progress --dry-run --wait' ;;
    kernel_postinst) echo '-k --kernelver -a --arch -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --no-depmod --debug --require-signature -j --jobs --json --progress --dry-run --wait' ;;
    kernel_prerm) echo '-k --kernelver -a --arch -q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --no-depmod --debug --json --progress --dry-run --wait' ;;
    generate_mok) echo '-q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --wait' ;;
    mok) echo '-q --quiet -V --version -h --help --verbose --dkmstree --sourcetree --installtree --etc --debug --json --progress --dry-run --wait' ;;
    *) echo '-m --module -v --package-version -k --kernelver --archive -a --arch --templatekernel -c --conf -q --quiet -V --version -h --help --binaries-only --source-only --force-version-override --force --all-kernels --all --verbose --rpm_safe_upgrade --dkmstree --sourcetree --installtree --etc --symlink-modules --config --kernelsourcedir --directive --no-depmod --modprobe-on-install --debug --require-signature -j --jobs --keep-going --json --progress --dry-run --trust --keyring --wait --legacy-directives --output --profile --compress --format --style --akmod --symvers --certificate --needs-initrd --spec --legacy-postinst --sign --sign-key --sign-passphrase -r --release --epoch --license --summary --description --url --vendor --maintainer --packager --group --section --priority --requires --pre-depends --recommends --suggests --supplements --enhances --conflicts --breaks --provides --replaces -d --distro --media --size --dist --label --number --include --signature --initrd' ;;
  esac
}

# _dkms_factory_words ACTION:COUNT: what the next word is, after so many.
_dkms_factory_words() {
  case $1 in
    add:0) echo package file ;;
    build:0) echo package file ;;
    install:0) echo package file ;;
    uninstall:0) echo package ;;
    autoinstall:0) echo  ;;
    match:0) echo package ;;
    rebuild:0) echo package ;;
    unbuild:0) echo package ;;
    remove:0) echo package ;;
    status:0) echo package ;;
    repair:0) echo  ;;
    mktarball:0) echo package ;;
    ldtarball:0) echo file ;;
    mkrpm:0) echo package file ;;
    mkkmod:0) echo package file ;;
    mkkmp:0) echo package file ;;
    mkdeb:0) echo package file ;;
    mkdsc:0) echo package file ;;
    mkbmdeb:0) echo package ;;
    mkdriverdisk:0) echo package ;;
    show:0) echo file ;;
    verify:*) echo file ;;
    lint:*) echo file ;;
    inspect:0) echo file ;;
    kernel_preinst:0) echo  ;;
    kernel_postinst:0) echo  ;;
    kernel_prerm:0) echo  ;;
    generate_mok:0) echo  ;;
    mok:0) echo  ;;
  esac
}

_dkms_factory() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} action='' count=0 index word kind
  COMPREPLY=()
  # bash makes a word of the = in --option=value.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $option == '=' ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  kind=$(_dkms_factory_kind "$option")
  if [[ -n $kind ]]; then
    _dkms_factory_add "$kind"
    return
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if [[ $word == -* ]]; then
      if [[ -n $(_dkms_factory_kind "$word") ]]; then
        ((index++))
        if [[ ${COMP_WORDS[index]} == '=' ]]; then ((index++)); fi
      fi
    elif [[ -z $action && $word == @(add|build|install|uninstall|autoinstall|match|rebuild|unbuild|remove|status|repair|mktarball|ldtarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|show|verify|lint|inspect|kernel_preinst|kernel_postinst|kernel_prerm|generate_mok|mok) ]]; then
      action=$word
    else
      ((count++))
    fi
  done
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_dkms_factory_options "$action")" -- "$current")
  elif [[ -z $action ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -- "$current")
  else
    for kind in $(_dkms_factory_words "$action:$count"); do _dkms_factory_add "$kind"; done
  fi
}

complete -F _dkms_factory dkms dkms-factory
