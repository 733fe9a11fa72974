# fish completion for dkms and dkms-factory.
# Made by scripts/generate-host-files.ts from the tables of the program; edit those instead.

function __dkms_factory_packages
    set -l program (commandline -opc)[1]
    command $program status 2>/dev/null | sed -n 's|^\([^ ]*/[^ ]*\)[,:] .*|\1|p' | sort -u
end

function __dkms_factory_versions
    __dkms_factory_packages | string replace -r '^[^/]*/' '' | sort -u
end

function __dkms_factory_kernels
    for directory in /lib/modules/*/
        string replace -r '.*/([^/]+)/$' '$1' $directory
    end
end

for program in dkms dkms-factory
    complete -c $program -f
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a add -d 'bring a package source into the tree'
    complete -c $program -n '__fish_seen_subcommand_from add' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from add' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a build -d 'build a package for one or several kernels'
    complete -c $program -n '__fish_seen_subcommand_from build' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from build' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a install -d 'install the modules of a package for one or several kernels, building them first where needed'
    complete -c $program -n '__fish_seen_subcommand_from install' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from install' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a uninstall -d 'take the modules of a package out of kernels, and put back what they had replaced'
    complete -c $program -n '__fish_seen_subcommand_from uninstall' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a autoinstall -d 'build and install, for one kernel, every package that asks for it with AUTOINSTALL'
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a match -d 'install for a kernel what is installed for another one'
    complete -c $program -n '__fish_seen_subcommand_from match' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a rebuild -d 'build again what is built, and install again what is installed'
    complete -c $program -n '__fish_seen_subcommand_from rebuild' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a unbuild -d 'remove the built modules of a package'
    complete -c $program -n '__fish_seen_subcommand_from unbuild' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a remove -d 'remove a package, or its builds for some kernels, from the tree'
    complete -c $program -n '__fish_seen_subcommand_from remove' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a status -d 'list what the tree holds'
    complete -c $program -n '__fish_seen_subcommand_from status' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a repair -d 'find what interrupted commands left half done, and put it right'
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mktarball -d 'pack a package, its built modules or both'
    complete -c $program -n '__fish_seen_subcommand_from mktarball' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a ldtarball -d 'load a tarball into the tree'
    complete -c $program -n '__fish_seen_subcommand_from ldtarball' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkrpm -d 'make RPM packages of a package: to install, and to rebuild'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from mkrpm' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkkmod -d 'make RPM packages of built modules, one for each kernel, or an akmod'
    complete -c $program -n '__fish_seen_subcommand_from mkkmod' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from mkkmod' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkkmp -d 'make a source package that kernel module packages are built from'
    complete -c $program -n '__fish_seen_subcommand_from mkkmp' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from mkkmp' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkdeb -d 'make a Debian package of a package: its source, and built modules for the kernels that are named'
    complete -c $program -n '__fish_seen_subcommand_from mkdeb' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from mkdeb' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkdsc -d 'make a Debian source package of a package'
    complete -c $program -n '__fish_seen_subcommand_from mkdsc' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n '__fish_seen_subcommand_from mkdsc' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkbmdeb -d 'make Debian packages of built modules, one for each kernel'
    complete -c $program -n '__fish_seen_subcommand_from mkbmdeb' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mkdriverdisk -d 'make a driver disk of modules, for the installers of distributions'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -a '(__dkms_factory_packages)' -d package
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a show -d 'list what is on a driver disk: formats, packages, kernels and modules'
    complete -c $program -n '__fish_seen_subcommand_from show' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a verify -d 'judge a driver disk, a package or an archive by the rules of those who are to take it'
    complete -c $program -n '__fish_seen_subcommand_from verify' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a lint -d 'check a package source, a dkms.conf or an archive'
    complete -c $program -n '__fish_seen_subcommand_from lint' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a inspect -d 'tell what a package, a source package or an archive holds, and whether it is intact and who signed it'
    complete -c $program -n '__fish_seen_subcommand_from inspect' -F
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a kernel_preinst -d 'for kernel packages: before a kernel is unpacked, remove what autoinstall built for its release'
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a kernel_postinst -d 'for kernel packages: when a kernel was unpacked, autoinstall for it'
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a kernel_prerm -d 'for kernel packages: before a kernel is removed, remove what was built for it'
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a generate_mok -d 'make the key pair that signs modules, when there is none, and print where it is'
    complete -c $program -n 'not __fish_seen_subcommand_from add build install uninstall autoinstall match rebuild unbuild remove status repair mktarball ldtarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk show verify lint inspect kernel_preinst kernel_postinst kernel_prerm generate_mok mok' -a mok -d 'show the key that signs modules and whether this machine trusts it'
    complete -c $program -n '__fish_seen_subcommand_from add build install uninstall unbuild remove status mktarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk ldtarball match rebuild' -s m -l module -x -a '(__dkms_factory_packages)' -d 'the package, or package and version'
    complete -c $program -n '__fish_seen_subcommand_from add build install uninstall unbuild remove status mktarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk ldtarball match rebuild' -s v -l package-version -x -a '(__dkms_factory_versions)' -d 'the version of the package'
    complete -c $program -n '__fish_seen_subcommand_from build install uninstall unbuild remove status mktarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk verify autoinstall match rebuild kernel_preinst kernel_postinst kernel_prerm' -s k -l kernelver -x -a '(__dkms_factory_kernels)' -d 'a kernel release, or release and architecture; may be repeated'
    complete -c $program -n '__fish_seen_subcommand_from mktarball ldtarball add' -l archive -r -F -d 'the archive to write or to load'
    complete -c $program -n '__fish_seen_subcommand_from build install uninstall unbuild remove status mktarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk verify autoinstall match rebuild kernel_preinst kernel_postinst kernel_prerm' -s a -l arch -x -a 'x86_64 aarch64 armv7l i686 ppc64le riscv64 s390x loongarch64' -d 'an architecture, one for all kernels or one for each (that of the RPM package of the kernel, or uname -m)'
    complete -c $program -n '__fish_seen_subcommand_from match' -l templatekernel -x -a '(__dkms_factory_kernels)' -d 'the kernel whose modules are matched'
    complete -c $program -n '__fish_seen_subcommand_from add build install mktarball' -s c -l conf -r -F -d 'use this dkms.conf in place of the one in the source'
    complete -c $program -s q -l quiet -d 'print nothing; the exit status tells'
    complete -c $program -s V -l version -d 'print the version and end'
    complete -c $program -s h -l help -d 'print help and end'
    complete -c $program -n '__fish_seen_subcommand_from mktarball mkrpm mkdeb mkdsc' -l binaries-only -d 'leave the source out'
    complete -c $program -n '__fish_seen_subcommand_from mktarball mkrpm mkdeb mkdsc' -l source-only -d 'leave built modules out'
    complete -c $program -n '__fish_seen_subcommand_from install' -l force-version-override -d 'install whatever versions the kernel has'
    complete -c $program -n '__fish_seen_subcommand_from add build install ldtarball' -l force -d 'do it again, or over what is there'
    complete -c $program -n '__fish_seen_subcommand_from build install autoinstall rebuild' -l all-kernels -d 'all kernels whose headers are installed'
    complete -c $program -n '__fish_seen_subcommand_from uninstall unbuild remove mktarball mkrpm mkkmod mkdeb mkdsc mkbmdeb mkdriverdisk' -l all -d 'all kernels the package is built for'
    complete -c $program -l verbose -d 'show each command that is run'
    complete -c $program -n '__fish_seen_subcommand_from add install remove' -l rpm_safe_upgrade -d 'for the scripts of RPM packages: survive an upgrade to the same version'
    complete -c $program -l dkmstree -x -a '(__fish_complete_directories)' -d 'the DKMS tree (/var/lib/dkms)'
    complete -c $program -l sourcetree -x -a '(__fish_complete_directories)' -d 'where package sources live (/usr/src)'
    complete -c $program -l installtree -x -a '(__fish_complete_directories)' -d 'where kernels keep their modules (/lib/modules)'
    complete -c $program -l etc -x -a '(__fish_complete_directories)' -d 'where framework.conf and overrides live (/etc/dkms)'
    complete -c $program -n '__fish_seen_subcommand_from install autoinstall match' -l symlink-modules -d 'install links in place of copies'
    complete -c $program -n '__fish_seen_subcommand_from build install mkdriverdisk' -l config -r -F -d 'the configuration of the kernel'
    complete -c $program -n '__fish_seen_subcommand_from build install mkkmod mkkmp mkdriverdisk' -l kernelsourcedir -x -a '(__fish_complete_directories)' -d 'the headers or source of the kernel'
    complete -c $program -n '__fish_seen_subcommand_from add build install uninstall mktarball mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk lint' -l directive -x -a 'PACKAGE_NAME= PACKAGE_VERSION= BUILT_MODULE_NAME= BUILT_MODULE_LOCATION= DEST_MODULE_NAME= DEST_MODULE_LOCATION= STRIP= MAKE= MAKE_MATCH= CLEAN= PATCH= PATCH_MATCH= POST_ADD= PRE_BUILD= POST_BUILD= PRE_INSTALL= POST_INSTALL= POST_REMOVE= PRE_REMOVE= AUTOINSTALL= BUILD_DEPENDS= BUILD_DEPENDS_REBUILD= BUILD_EXCLUSIVE_KERNEL= BUILD_EXCLUSIVE_KERNEL_MIN= BUILD_EXCLUSIVE_KERNEL_MAX= BUILD_EXCLUSIVE_ARCH= BUILD_EXCLUSIVE_CONFIG= OBSOLETE_BY= NO_WEAK_MODULES= REMAKE_INITRD= MODULES_CONF= MODULES_CONF_OBSOLETES= MODULES_CONF_ALIAS_TYPE= MODULES_CONF_OBSOLETE_ONLY= SIGN_FILE= MOK_SIGNING_KEY= MOK_CERTIFICATE=' -d 'set a directive of dkms.conf; may be repeated'
    complete -c $program -n '__fish_seen_subcommand_from install uninstall unbuild remove autoinstall match rebuild kernel_preinst kernel_postinst kernel_prerm' -l no-depmod -d 'do not run depmod'
    complete -c $program -n '__fish_seen_subcommand_from install' -l modprobe-on-install -d 'load modules of present devices after an install'
    complete -c $program -l debug -d 'the same as --verbose'
    complete -c $program -n '__fish_seen_subcommand_from build install mkdriverdisk autoinstall match rebuild kernel_postinst' -l require-signature -d 'fail when a module cannot be signed'
    complete -c $program -n '__fish_seen_subcommand_from build install mkdriverdisk autoinstall match rebuild kernel_postinst' -s j -l jobs -x -d 'how many jobs may run at once; 0 is no limit'
    complete -c $program -n '__fish_seen_subcommand_from autoinstall' -l keep-going -d 'go on with other packages when one fails, which is what it always does'
    complete -c $program -l json -d 'print the result as one JSON document'
    complete -c $program -l progress -x -a 'auto plain bar json none' -d 'how progress is told: auto, plain, bar, json (one event a line) or none'
    complete -c $program -l dry-run -d 'say what would be done and change nothing'
    complete -c $program -n '__fish_seen_subcommand_from ldtarball lint' -l trust -d 'let bash evaluate a dkms.conf from an archive'
    complete -c $program -n '__fish_seen_subcommand_from inspect verify' -l keyring -r -F -d 'OpenPGP public keys that must have signed the file; may be repeated'
    complete -c $program -l wait -x -d 'how long to wait for another process that holds the tree; without it, for ever'
    complete -c $program -n '__fish_seen_subcommand_from install uninstall remove' -l legacy-directives -d 'let MODULES_CONF and REMAKE_INITRD of dkms.conf act as in DKMS 2'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l output -x -a '(__fish_complete_directories)' -d 'where the packages go; of a driver disk also the file itself'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm' -l profile -x -d 'naming and relations: dkms (default), fedora, mandriva or rosa'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l compress -x -d 'gzip (default), xz, zstd or none; bzip2 but for .deb files; of a disk that is an archive gzip, xz or none'
    complete -c $program -n '__fish_seen_subcommand_from mkdsc mkdriverdisk' -l format -x -d 'of the source package: 1.0 (default), 3.0-native or 3.0-quilt; of a driver disk: redhat1, redhat2, redhat3, suse, unitedlinux, dud, ubuntu, debian or universal'
    complete -c $program -n '__fish_seen_subcommand_from mkkmod mkkmp' -l style -x -d 'whose packages of modules: rhel, fedora, suse or tumbleweed; without it, those of the kernel'
    complete -c $program -n '__fish_seen_subcommand_from mkkmod' -l akmod -d 'make a source package for akmods, and the package that brings it'
    complete -c $program -n '__fish_seen_subcommand_from mkkmod verify' -l symvers -r -F -d 'the Module.symvers of a kernel, also compressed, when neither headers nor kernel are installed'
    complete -c $program -n '__fish_seen_subcommand_from mkkmod mkkmp' -l certificate -r -F -d 'what the modules are signed with, for a package of its own in the styles of SUSE'
    complete -c $program -n '__fish_seen_subcommand_from mkkmod mkkmp' -l needs-initrd -d 'SUSE: the modules belong into initial ramdisks, which are made anew (as with REMAKE_INITRD)'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmp mkdriverdisk' -l spec -r -F -d 'a spec file of your own'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l legacy-postinst -x -d 'whether common.postinst is among the sources of a template of your own (1)'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l sign -d 'sign the packages, and a disk for SUSE, with --sign-key'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l sign-key -r -F -d 'a file with an OpenPGP private key, or what gpg knows a key by'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l sign-passphrase -r -F -d 'a file whose first line is the passphrase of the key file'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk verify' -s r -l release -x -d 'the release or revision of the packages, such as 1dkms; of SuSE, for its old driver disks; of an installer, such as rhel9.4'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l epoch -x -d 'the epoch of the packages'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l license -x -d 'the license, as SPDX writes it'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l summary -x -d 'what the package is, in one line'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l description -x -d 'what the package is, at length'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l url -x -d 'the home page'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp' -l vendor -x -d 'who distributes the packages'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb mkdriverdisk' -l maintainer -x -d 'who answers for them: Name <address>'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l packager -x -d 'who makes them: Name <address>'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp' -l group -x -d 'the Group of RPM packages'
    complete -c $program -n '__fish_seen_subcommand_from mkdeb mkdsc mkbmdeb' -l section -x -d 'the Section of Debian packages'
    complete -c $program -n '__fish_seen_subcommand_from mkdeb mkdsc mkbmdeb' -l priority -x -d 'the Priority of Debian packages'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l requires -x -d 'a package it needs: "dkms >= 2.8"'
    complete -c $program -n '__fish_seen_subcommand_from mkdeb mkdsc mkbmdeb' -l pre-depends -x -d 'a package set up before it is unpacked'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l recommends -x -d 'a package usually installed with it'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l suggests -x -d 'a package that goes well with it'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp' -l supplements -x -d 'a package it is installed along with'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l enhances -x -d 'a package it adds to'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l conflicts -x -d 'a package it cannot be beside'
    complete -c $program -n '__fish_seen_subcommand_from mkdeb mkdsc mkbmdeb' -l breaks -x -d 'a package that must not be set up beside it'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l provides -x -d 'another name it goes by'
    complete -c $program -n '__fish_seen_subcommand_from mkrpm mkkmod mkkmp mkdeb mkdsc mkbmdeb' -l replaces -x -d 'a package it takes the place of'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -s d -l distro -x -d 'redhat, redhat1, redhat2, redhat3, suse, UnitedLinux or ubuntu, as with DKMS 2'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l media -x -d 'iso, fat, floppy, ext2, tar or cpio; with -d a floppy, else what suits the format'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l size -x -d 'of a file system: KiB, or auto for as small as possible (a floppy: 1440)'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l dist -x -d 'what the disk is for: sle15sp6, leap15.6, tw, =TAG for SUSE; debian/bookworm; may be repeated'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l label -x -d 'of the file system (OEMDRV)'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l number -x -d 'the number of the update, on a SUSE disk that holds several'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l include -r -F -d 'an RPM or Debian package to put on the disk in place of made ones; may be repeated'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l signature -x -d 'of a disk for SUSE that is signed: detached (default), in a .asc beside it, or inline, around it'
    complete -c $program -n '__fish_seen_subcommand_from mkdriverdisk' -l initrd -r -F -d 'write, too, what is to be appended to the initrd of the installer'
end
