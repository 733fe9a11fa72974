#compdef dkms dkms-factory
# zsh completion for dkms and dkms-factory.
# Made by scripts/generate-host-files.ts from the tables of the program; edit those instead.

_dkms_factory_packages() {
  local -a packages
  packages=(${(fu)"$(_call_program packages "$words[1] status" | sed -n 's|^\([^ ]*/[^ ]*\)[,:] .*|\1|p')"})
  _wanted packages expl package compadd -a packages
}

_dkms_factory_versions() {
  local -a versions
  versions=(${(fu)"$(_call_program packages "$words[1] status" | sed -n 's|^\([^ ]*/[^ ]*\)[,:] .*|\1|p')"})
  versions=(${(u)versions#*/})
  _wanted versions expl version compadd -a versions
}

_dkms_factory_kernels() {
  local -a kernels
  kernels=(/lib/modules/*(/N:t))
  _wanted kernels expl kernel compadd -a kernels
}

_dkms_factory_directives() {
  local -a directives
  directives=(PACKAGE_NAME PACKAGE_VERSION BUILT_MODULE_NAME BUILT_MODULE_LOCATION DEST_MODULE_NAME DEST_MODULE_LOCATION STRIP MAKE MAKE_MATCH CLEAN PATCH PATCH_MATCH POST_ADD PRE_BUILD POST_BUILD PRE_INSTALL POST_INSTALL POST_REMOVE PRE_REMOVE AUTOINSTALL BUILD_DEPENDS BUILD_DEPENDS_REBUILD BUILD_EXCLUSIVE_KERNEL BUILD_EXCLUSIVE_KERNEL_MIN BUILD_EXCLUSIVE_KERNEL_MAX BUILD_EXCLUSIVE_ARCH BUILD_EXCLUSIVE_CONFIG OBSOLETE_BY NO_WEAK_MODULES REMAKE_INITRD MODULES_CONF MODULES_CONF_OBSOLETES MODULES_CONF_ALIAS_TYPE MODULES_CONF_OBSOLETE_ONLY SIGN_FILE MOK_SIGNING_KEY MOK_CERTIFICATE)
  _wanted directives expl directive compadd -S = -a directives
}

_dkms_factory_actions() {
  local -a actions
  actions=(
    'add:bring a package source into the tree'
    'build:build a package for one or several kernels'
    'install:install the modules of a package for one or several kernels, building them first where needed'
    'uninstall:take the modules of a package out of kernels, and put back what they had replaced'
    'autoinstall:build and install, for one kernel, every package that asks for it with AUTOINSTALL'
    'match:install for a kernel what is installed for another one'
    'rebuild:build again what is built, and install again what is installed'
    'unbuild:remove the built modules of a package'
    'remove:remove a package, or its builds for some kernels, from the tree'
    'status:list what the tree holds'
    'repair:find what interrupted commands left half done, and put it right'
    'mktarball:pack a package, its built modules or both'
    'ldtarball:load a tarball into the tree'
    'mkrpm:make RPM packages of a package: to install, and to rebuild'
    'mkkmod:make RPM packages of built modules, one for each kernel, or an akmod'
    'mkkmp:make a source package that kernel module packages are built from'
    'mkdeb:make a Debian package of a package: its source, and built modules for the kernels that are named'
    'mkdsc:make a Debian source package of a package'
    'mkbmdeb:make Debian packages of built modules, one for each kernel'
    'mkdriverdisk:make a driver disk of modules, for the installers of distributions'
    'show:list what is on a driver disk: formats, packages, kernels and modules'
    'verify:judge a driver disk, a package or an archive by the rules of those who are to take it'
    'lint:check a package source, a dkms.conf or an archive'
    'inspect:tell what a package, a source package or an archive holds, and whether it is intact and who signed it'
    'kernel_preinst:for kernel packages: before a kernel is unpacked, remove what autoinstall built for its release'
    'kernel_postinst:for kernel packages: when a kernel was unpacked, autoinstall for it'
    'kernel_prerm:for kernel packages: before a kernel is removed, remove what was built for it'
    'generate_mok:make the key pair that signs modules, when there is none, and print where it is'
    'mok:show the key that signs modules and whether this machine trusts it'
  )
  _describe -t actions action actions
}

_dkms_factory_words() {
  case $dkms_action in
    add) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    build) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    install) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    uninstall) _alternative 'packages:package:_dkms_factory_packages' ;;
    autoinstall) _message "no more arguments" ;;
    match) _alternative 'packages:package:_dkms_factory_packages' ;;
    rebuild) _alternative 'packages:package:_dkms_factory_packages' ;;
    unbuild) _alternative 'packages:package:_dkms_factory_packages' ;;
    remove) _alternative 'packages:package:_dkms_factory_packages' ;;
    status) _alternative 'packages:package:_dkms_factory_packages' ;;
    repair) _message "no more arguments" ;;
    mktarball) _alternative 'packages:package:_dkms_factory_packages' ;;
    ldtarball) _alternative 'files:file:_files' ;;
    mkrpm) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    mkkmod) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    mkkmp) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    mkdeb) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    mkdsc) _alternative 'packages:package:_dkms_factory_packages' 'files:file:_files' ;;
    mkbmdeb) _alternative 'packages:package:_dkms_factory_packages' ;;
    mkdriverdisk) _alternative 'packages:package:_dkms_factory_packages' ;;
    show) _alternative 'files:file:_files' ;;
    verify) _alternative 'files:file:_files' ;;
    lint) _alternative 'files:file:_files' ;;
    inspect) _alternative 'files:file:_files' ;;
    kernel_preinst) _message "no more arguments" ;;
    kernel_postinst) _message "no more arguments" ;;
    kernel_prerm) _message "no more arguments" ;;
    generate_mok) _message "no more arguments" ;;
    mok) _message "no more arguments" ;;
  esac
}

_dkms_factory() {
  # _arguments has a variable action of its own.
  local dkms_action word expl
  local -a arguments
  for word in ${words[2,CURRENT-1]}; do
    if [[ $word == (add|build|install|uninstall|autoinstall|match|rebuild|unbuild|remove|status|repair|mktarball|ldtarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|show|verify|lint|inspect|kernel_preinst|kernel_postinst|kernel_prerm|generate_mok|mok) ]]; then dkms_action=$word; break; fi
  done
  arguments=(
    '(-q --quiet)-q[print nothing; the exit status tells]'
    '(-q --quiet)--quiet[print nothing; the exit status tells]'
    '(-V --version)-V[print the version and end]'
    '(-V --version)--version[print the version and end]'
    '(-h --help)-h[print help and end]'
    '(-h --help)--help[print help and end]'
    '(--verbose)--verbose[show each command that is run]'
    '(--dkmstree)--dkmstree=[the DKMS tree (/var/lib/dkms)]:DIR:_files -/'
    '(--sourcetree)--sourcetree=[where package sources live (/usr/src)]:DIR:_files -/'
    '(--installtree)--installtree=[where kernels keep their modules (/lib/modules)]:DIR:_files -/'
    '(--etc)--etc=[where framework.conf and overrides live (/etc/dkms)]:DIR:_files -/'
    '(--debug)--debug[the same as --verbose]'
    '(--json)--json[print the result as one JSON document]'
    '(--progress)--progress=[how progress is told\: auto, plain, bar, json (one event a line) or none]:HOW:(auto plain bar json none)'
    '(--dry-run)--dry-run[say what would be done and change nothing]'
    '(--wait)--wait=[how long to wait for another process that holds the tree; without it, for ever]:SECONDS: '
  )
  if [[ -z $dkms_action || $dkms_action == (add|build|install|uninstall|unbuild|remove|status|mktarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|ldtarball|match|rebuild) ]]; then arguments+=(
    '(-m --module)-m[the package, or package and version]:M\[/V\]:_dkms_factory_packages'
    '(-m --module)--module=[the package, or package and version]:M\[/V\]:_dkms_factory_packages'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (add|build|install|uninstall|unbuild|remove|status|mktarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|ldtarball|match|rebuild) ]]; then arguments+=(
    '(-v --package-version)-v[the version of the package]:V:_dkms_factory_versions'
    '(-v --package-version)--package-version=[the version of the package]:V:_dkms_factory_versions'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|uninstall|unbuild|remove|status|mktarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|verify|autoinstall|match|rebuild|kernel_preinst|kernel_postinst|kernel_prerm) ]]; then arguments+=(
    '*-k[a kernel release, or release and architecture; may be repeated]:K\[/A\]:_dkms_factory_kernels'
    '*--kernelver=[a kernel release, or release and architecture; may be repeated]:K\[/A\]:_dkms_factory_kernels'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mktarball|ldtarball|add) ]]; then arguments+=(
    '(--archive)--archive=[the archive to write or to load]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|uninstall|unbuild|remove|status|mktarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|verify|autoinstall|match|rebuild|kernel_preinst|kernel_postinst|kernel_prerm) ]]; then arguments+=(
    '*-a[an architecture, one for all kernels or one for each (that of the RPM package of the kernel, or uname -m)]:A:(x86_64 aarch64 armv7l i686 ppc64le riscv64 s390x loongarch64)'
    '*--arch=[an architecture, one for all kernels or one for each (that of the RPM package of the kernel, or uname -m)]:A:(x86_64 aarch64 armv7l i686 ppc64le riscv64 s390x loongarch64)'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (match) ]]; then arguments+=(
    '(--templatekernel)--templatekernel=[the kernel whose modules are matched]:K:_dkms_factory_kernels'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (add|build|install|mktarball) ]]; then arguments+=(
    '(-c --conf)-c[use this dkms.conf in place of the one in the source]:FILE:_files'
    '(-c --conf)--conf=[use this dkms.conf in place of the one in the source]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mktarball|mkrpm|mkdeb|mkdsc) ]]; then arguments+=(
    '(--binaries-only)--binaries-only[leave the source out]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mktarball|mkrpm|mkdeb|mkdsc) ]]; then arguments+=(
    '(--source-only)--source-only[leave built modules out]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (install) ]]; then arguments+=(
    '(--force-version-override)--force-version-override[install whatever versions the kernel has]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (add|build|install|ldtarball) ]]; then arguments+=(
    '(--force)--force[do it again, or over what is there]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|autoinstall|rebuild) ]]; then arguments+=(
    '(--all-kernels)--all-kernels[all kernels whose headers are installed]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (uninstall|unbuild|remove|mktarball|mkrpm|mkkmod|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--all)--all[all kernels the package is built for]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (add|install|remove) ]]; then arguments+=(
    '(--rpm_safe_upgrade)--rpm_safe_upgrade[for the scripts of RPM packages\: survive an upgrade to the same version]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (install|autoinstall|match) ]]; then arguments+=(
    '(--symlink-modules)--symlink-modules[install links in place of copies]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|mkdriverdisk) ]]; then arguments+=(
    '(--config)--config=[the configuration of the kernel]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|mkkmod|mkkmp|mkdriverdisk) ]]; then arguments+=(
    '(--kernelsourcedir)--kernelsourcedir=[the headers or source of the kernel]:DIR:_files -/'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (add|build|install|uninstall|mktarball|mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|lint) ]]; then arguments+=(
    '*--directive=[set a directive of dkms.conf; may be repeated]:NAME=VALUE:_dkms_factory_directives'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (install|uninstall|unbuild|remove|autoinstall|match|rebuild|kernel_preinst|kernel_postinst|kernel_prerm) ]]; then arguments+=(
    '(--no-depmod)--no-depmod[do not run depmod]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (install) ]]; then arguments+=(
    '(--modprobe-on-install)--modprobe-on-install[load modules of present devices after an install]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|mkdriverdisk|autoinstall|match|rebuild|kernel_postinst) ]]; then arguments+=(
    '(--require-signature)--require-signature[fail when a module cannot be signed]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (build|install|mkdriverdisk|autoinstall|match|rebuild|kernel_postinst) ]]; then arguments+=(
    '(-j --jobs)-j[how many jobs may run at once; 0 is no limit]:N: '
    '(-j --jobs)--jobs=[how many jobs may run at once; 0 is no limit]:N: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (autoinstall) ]]; then arguments+=(
    '(--keep-going)--keep-going[go on with other packages when one fails, which is what it always does]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (ldtarball|lint) ]]; then arguments+=(
    '(--trust)--trust[let bash evaluate a dkms.conf from an archive]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (inspect|verify) ]]; then arguments+=(
    '*--keyring=[OpenPGP public keys that must have signed the file; may be repeated]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (install|uninstall|remove) ]]; then arguments+=(
    '(--legacy-directives)--legacy-directives[let MODULES_CONF and REMAKE_INITRD of dkms.conf act as in DKMS 2]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--output)--output=[where the packages go; of a driver disk also the file itself]:DIR:_files -/'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm) ]]; then arguments+=(
    '(--profile)--profile=[naming and relations\: dkms (default), fedora, mandriva or rosa]:NAME: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--compress)--compress=[gzip (default), xz, zstd or none; bzip2 but for .deb files; of a disk that is an archive gzip, xz or none]:COMPRESSOR: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdsc|mkdriverdisk) ]]; then arguments+=(
    '*--format=[of the source package\: 1.0 (default), 3.0-native or 3.0-quilt; of a driver disk\: redhat1, redhat2, redhat3, suse, unitedlinux, dud, ubuntu, debian or universal]:F: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkkmod|mkkmp) ]]; then arguments+=(
    '(--style)--style=[whose packages of modules\: rhel, fedora, suse or tumbleweed; without it, those of the kernel]:S: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkkmod) ]]; then arguments+=(
    '(--akmod)--akmod[make a source package for akmods, and the package that brings it]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkkmod|verify) ]]; then arguments+=(
    '*--symvers=[the Module.symvers of a kernel, also compressed, when neither headers nor kernel are installed]:\[K=\]FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkkmod|mkkmp) ]]; then arguments+=(
    '(--certificate)--certificate=[what the modules are signed with, for a package of its own in the styles of SUSE]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkkmod|mkkmp) ]]; then arguments+=(
    '(--needs-initrd)--needs-initrd[SUSE\: the modules belong into initial ramdisks, which are made anew (as with REMAKE_INITRD)]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmp|mkdriverdisk) ]]; then arguments+=(
    '(--spec)--spec=[a spec file of your own]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '(--legacy-postinst)--legacy-postinst=[whether common.postinst is among the sources of a template of your own (1)]:0|1: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--sign)--sign[sign the packages, and a disk for SUSE, with --sign-key]'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--sign-key)--sign-key=[a file with an OpenPGP private key, or what gpg knows a key by]:KEY:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--sign-passphrase)--sign-passphrase=[a file whose first line is the passphrase of the key file]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk|verify) ]]; then arguments+=(
    '*-r[the release or revision of the packages, such as 1dkms; of SuSE, for its old driver disks; of an installer, such as rhel9.4]:RELEASE: '
    '*--release=[the release or revision of the packages, such as 1dkms; of SuSE, for its old driver disks; of an installer, such as rhel9.4]:RELEASE: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '(--epoch)--epoch=[the epoch of the packages]:N: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--license)--license=[the license, as SPDX writes it]:L: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--summary)--summary=[what the package is, in one line]:TEXT: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--description)--description=[what the package is, at length]:TEXT: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '(--url)--url=[the home page]:URL: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp) ]]; then arguments+=(
    '(--vendor)--vendor=[who distributes the packages]:NAME: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb|mkdriverdisk) ]]; then arguments+=(
    '(--maintainer)--maintainer=[who answers for them\: Name <address>]:P: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '(--packager)--packager=[who makes them\: Name <address>]:P: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp) ]]; then arguments+=(
    '(--group)--group=[the Group of RPM packages]:G: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '(--section)--section=[the Section of Debian packages]:S: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '(--priority)--priority=[the Priority of Debian packages]:P: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--requires=[a package it needs\: "dkms >= 2.8"]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--pre-depends=[a package set up before it is unpacked]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--recommends=[a package usually installed with it]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--suggests=[a package that goes well with it]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp) ]]; then arguments+=(
    '*--supplements=[a package it is installed along with]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--enhances=[a package it adds to]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--conflicts=[a package it cannot be beside]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--breaks=[a package that must not be set up beside it]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--provides=[another name it goes by]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkrpm|mkkmod|mkkmp|mkdeb|mkdsc|mkbmdeb) ]]; then arguments+=(
    '*--replaces=[a package it takes the place of]:R: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(-d --distro)-d[redhat, redhat1, redhat2, redhat3, suse, UnitedLinux or ubuntu, as with DKMS 2]:DISTRO: '
    '(-d --distro)--distro=[redhat, redhat1, redhat2, redhat3, suse, UnitedLinux or ubuntu, as with DKMS 2]:DISTRO: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(--media)--media=[iso, fat, floppy, ext2, tar or cpio; with -d a floppy, else what suits the format]:MEDIUM: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(--size)--size=[of a file system\: KiB, or auto for as small as possible (a floppy\: 1440)]:KIB: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '*--dist=[what the disk is for\: sle15sp6, leap15.6, tw, =TAG for SUSE; debian/bookworm; may be repeated]:PRODUCT: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(--label)--label=[of the file system (OEMDRV)]:LABEL: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(--number)--number=[the number of the update, on a SUSE disk that holds several]:N: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '*--include=[an RPM or Debian package to put on the disk in place of made ones; may be repeated]:FILE:_files'
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(--signature)--signature=[of a disk for SUSE that is signed\: detached (default), in a .asc beside it, or inline, around it]:FORM: '
  ); fi
  if [[ -z $dkms_action || $dkms_action == (mkdriverdisk) ]]; then arguments+=(
    '(--initrd)--initrd=[write, too, what is to be appended to the initrd of the installer]:FILE:_files'
  ); fi
  if [[ -z $dkms_action ]]; then
    arguments+=('1: :_dkms_factory_actions')
  else
    arguments+=('*: :_dkms_factory_words')
    words[(i)$dkms_action]=()
    (( CURRENT-- ))
  fi
  _arguments $arguments
}

_dkms_factory "$@"
