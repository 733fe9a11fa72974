/**
 * Everything that makes an installer ignore a driver disk, or part of it, without a word: the rule's code, what it means
 * and what to do. docs/driverdisk.md lists them.
 */
export interface Rule {
  readonly severity: 'error' | 'warning'
  /** What the installer does about it. */
  readonly meaning: string
  readonly remedy: string
}

function error(meaning: string, remedy: string): Rule {
  return { severity: 'error', meaning, remedy }
}

function warning(meaning: string, remedy: string): Rule {
  return { severity: 'warning', meaning, remedy }
}

export const rules = {
  'nothing-found': error(
    'no installer finds anything it knows on the disk',
    'check that this is the right file, and how the layout for the installer looks in docs/driverdisk.md',
  ),
  'not-for-release': error(
    'the installer of the release finds nothing for itself on the disk',
    'make the disk with the format, --dist and kernel of that release',
  ),
  'image-truncated': error('the file system is larger than the file', 'copy or make the image again'),
  'container-not-mountable': error(
    'the installer mounts file systems, and does not unpack archives or compressed images',
    'make it with --media iso or fat, or unpack it onto a file system labelled OEMDRV',
  ),
  'label-not-oemdrv': warning('installers do not find the disk by themselves', 'make it with --label OEMDRV'),
  'url-name': warning(
    'anaconda takes a network address only when it ends in .iso or .rpm',
    'give the file a name that ends in .iso',
  ),

  'disk-unsigned': warning(
    'in its secure mode linuxrc asks whether to take the file, and an unattended installation stops there',
    'sign it with --sign-key, and keep the .asc beside it; or boot with insecure=1',
  ),
  'disk-signature-bad': error(
    'the signature does not fit the disk: in its secure mode linuxrc ends the installation',
    'make the disk again with --sign-key, or copy it again with its .asc',
  ),
  'disk-signer-unknown': error(
    'none of the given keys has signed the disk',
    'sign it with a key that the installer knows, or give the public key it was signed with',
  ),
  'inline-signature': error(
    'the installer does not unpack what is around the disk, and finds nothing',
    'sign it with a detached signature, which lies beside the disk',
  ),

  'marker-missing': error('anaconda looks only beside a file rhdd3', 'put a file rhdd3 beside rpms/'),
  'marker-empty': error('the installer does not take an empty marker', 'write a line of text into the marker file'),
  'arch-dir-missing': error(
    'the installer looks in a directory named after its architecture only',
    'put the packages into rpms/<uname -m>/ (RHEL 6 on 32-bit Intel: rpms/i386/)',
  ),
  'rpm-outside-arch-dir': error(
    'anaconda does not look at the package',
    'put it directly into rpms/<uname -m>/ beside the rhdd3 file',
  ),
  'rpm-unreadable': error('anaconda skips the package', 'copy or build the package again'),
  'repodata-missing': error(
    'RHEL 6 cannot install the packages without repository metadata',
    'run createrepo_c in the directory, or make the disk with dkms-factory',
  ),
  'provides-missing': error(
    'anaconda offers only packages that provide kernel-modules or installer-enhancement',
    'add Provides: kernel-modules = <uname -r>',
  ),
  'only-kabi-modules': error(
    'anaconda does not know kabi-modules, and the package provides nothing else',
    'add Provides: kernel-modules = <uname -r>',
  ),
  'provides-unversioned': error(
    'without a version kernel-modules matches no kernel',
    'add the version: Provides: kernel-modules = <uname -r>',
  ),
  'provides-without-arch': error(
    'anaconda compares the whole of uname -r, which ends in the architecture',
    'end the version in .<arch>, as uname -r prints it',
  ),
  'provides-unbounded': warning(
    'the package is offered to every later kernel, also of later major releases',
    'use = <uname -r>, or add an upper bound with <',
  ),
  'two-kernels-in-rpm': error(
    'modules of all kernels are moved into one directory and overwrite each other',
    'make one package for each kernel',
  ),
  'same-name-two-kernels': error(
    'anaconda installs packages by name and may take the wrong one',
    'give the package of each kernel a name of its own',
  ),
  'usr-lib-modules': error(
    'anaconda loads modules below /lib/modules only',
    'package the modules below /lib/modules, not /usr/lib/modules',
  ),
  'usr-lib-firmware': warning(
    'anaconda hands firmware below /lib/firmware only to the modules that it loads',
    'package the firmware below /lib/firmware, not /usr/lib/firmware',
  ),
  'module-compressed': error('the installer does not load compressed modules', 'put plain .ko files on the disk'),
  'payload-zstd': warning(
    'the installer lists the package, and cannot unpack it unless its librpm and libarchive happen to',
    'build the package with a gzip or xz payload (_binary_payload w9.gzdio)',
  ),
  debuginfo: error('debug files fill the memory of the installer', 'leave debuginfo packages and files off the disk'),
  'requires-exact-kernel': warning(
    'the target gets a newer kernel from an updated repository, and the package cannot be installed',
    'do not require the kernel; Provides: kernel-modules decides where it is offered',
  ),
  'rpm-version-dash': error(
    'the version holds a -, which separates version and release',
    'use _ or ~ in place of - in the version',
  ),

  'vermagic-mismatch': error(
    'the kernel refuses a module that was built for another one',
    'build the module for the kernel it is packaged for',
  ),
  'module-unreadable': error('the file is not a whole kernel module', 'build or copy it again'),
  'module-unsigned': warning(
    'with Secure Boot the installer refuses the module',
    'sign it, and have the key enrolled (mokutil) on the machines it is for',
  ),
  'modversions-mismatch': error(
    'the kernel refuses a module whose symbols have other checksums than its own',
    'build the module against the Module.symvers of that kernel',
  ),

  'loader-file-missing': error('the loader does not take the disk', 'add the file, or make the disk with dkms-factory'),
  'modinfo-first-line': error('the loader finds no module on the disk', 'begin modinfo with the line: Version 0'),
  'modinfo-module-missing': error('the loader does not know the module', 'describe it in modinfo'),
  'modules-dep-final-newline': error('the loader of RHEL 5 crashes', 'end the last line of modules.dep'),
  'module-archive-unreadable': error('the loader finds no module', 'make modules.cgz again: gzip over cpio (newc)'),
  'module-archive-layout': error(
    'the loader looks for the modules elsewhere in modules.cgz',
    'put them at <uname -r>/<name>.ko beside rhdd-6.1, at <uname -r>/<arch>/<name>.ko beside rhdd',
  ),

  'container-gnu-tar': error('linuxrc does not know GNU tar archives', 'use tar --format=ustar, or cpio'),
  'container-crc-cpio': error('linuxrc reads cpio archives of the format newc only', 'use cpio -H newc'),
  'container-not-accepted': error(
    'linuxrc does not know this kind of file',
    'use an ISO, or cpio (newc) or tar (ustar), plain or compressed with gzip or xz',
  ),
  'update-dir-not-numeric': error(
    'installers look below the root and below directories whose names are numbers',
    'call the directory 01, 02 and so on',
  ),
  'dist-unknown': warning('no installer that is known here looks for this name', 'check the name with --dist'),
  'symlink-on-fat': error(
    'a FAT file system has no links, and this file is what is left of one',
    'copy the directory in its place, or use an ISO',
  ),
  'module-order-missing': error(
    'linuxrc loads the modules in the order the file system happens to list them',
    'add modules/module.order, one name to a line',
  ),
  'module-order-spelling': error(
    'linuxrc before SLE 15 SP3 takes the line for the name of a file, and loads the module of its initrd, if it has one',
    'write the file of a module that is on the disk with its suffix, and the name of any other without',
  ),
  'module-order-suffix': warning(
    'Agama hands the list to modules-load.d, which takes names of modules: the file is not loaded by it',
    'write the name of the module without the suffix of its file, in a directory that is for Agama only',
  ),
  'module-not-listed': error(
    'linuxrc does not take modules that module.order does not name, letter by letter',
    'list the module in modules/module.order',
  ),
  'module-order-multi-word': error('linuxrc reads the first word of each line only', 'write one name to a line'),
  'module-order-comment': error('linuxrc takes # for the name of a module', 'remove the comments'),
  'dependency-not-listed': error(
    'linuxrc loads in the order of the list only: the module is loaded before what it needs',
    'list what a module needs before it, on lines of their own',
  ),
  'update-id-missing': warning('linuxrc cannot tell the update from others', 'add UpdateID to dud.config'),
  'update-id-duplicate': error('linuxrc skips the second update of one UpdateID', 'give each update its own UpdateID'),
  'update-not-first': error(
    'Agama takes the first update for a product only',
    'join the updates, or make a disk for each and name each with inst.dud=',
  ),
  'update-script-no-shebang': error('the script cannot be started', 'begin it with #!/bin/sh'),
  'update-script-not-executable': warning(
    'linuxrc of SuSE Linux 8 does not make it executable, and YaST may be unable to start it',
    'make it executable',
  ),
  'update-archive-not-applied': error(
    'YaST unpacks update.tar.gz beside update.post, and nothing moves the modules into the target',
    'copy lib/modules in update.post, or ship an RPM in install/',
  ),
  'package-without-supplements': warning(
    'Agama installs a package of the disk only when hardware or a person asks for it',
    'add Supplements: modalias(...) to the package',
  ),
  'update-script-ignored': warning('Agama runs no update.pre, update.post or update.post2', 'ship an RPM in install/'),

  'deb-unreadable': error('the package cannot be installed', 'copy or build the package again'),
  'deb-arch-name': error(
    'the installer looks for packages of its own architecture, by the name dpkg has for it',
    'use amd64, i386, arm64, armhf, ppc64el, s390x or riscv64, in Architecture and in the file name',
  ),
  'deb-control-not-gzip': error(
    'debian-installer reads only ./control in control.tar.gz',
    'build the package with dpkg-deb -Zgzip --root-owner-group',
  ),
  'deb-data-compression': error(
    'debian-installer unpacks gzip and xz only: the modules are not there during the installation',
    'build the package with dpkg-deb -Zgzip --root-owner-group',
  ),
  'deb-postinst-depmod-missing': error(
    'modprobe does not find the modules after the package is installed',
    'run depmod -a <uname -r> in postinst',
  ),
  'deb-preinst-kernel-guard': error(
    'dpkg refuses the package when another kernel runs, as in the target',
    'remove the comparison with uname -r from preinst',
  ),
  'medium-not-usb': warning(
    'debian-installer looks at disks and at partitions of USB disks, not at CDs',
    'write the image to a USB stick, or make it with --media fat',
  ),
} as const satisfies Readonly<Record<string, Rule>>

export type RuleCode = keyof typeof rules

/** One violation of a rule. */
export interface Problem {
  readonly code: RuleCode
  /** On the disk; absent when it is about the disk as a whole. */
  readonly path?: string
  /** The particulars: which name, which version. */
  readonly detail?: string
}
