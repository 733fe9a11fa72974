/**
 * What dkms-factory(8) says about an action beyond its line in the table of actions. An action without a note has its
 * line and its options, which is enough for a plain one. Sentences, one line each.
 */
export const verbNotes: Readonly<Record<string, readonly string[]>> = {
  add: [
    'The source is expected in NAME-VERSION below the source tree; from a directory, a dkms.conf or an archive it is copied there first.',
  ],
  build: [
    'A package that has not been added yet is added.',
    'What is built already is left as it is, unless --force is given.',
    'Several kernels are built at the same time, and each module is checked to be one for its kernel.',
  ],
  install: [
    'A package that has not been built yet is built.',
    'A module of the same name that another package brought is put aside and comes back with uninstall.',
    'A kernel whose own module is as new is left alone, unless --force is given.',
  ],
  uninstall: ['The built modules stay in the tree, and originals that were put aside come back.'],
  unbuild: ['What is installed is uninstalled first.'],
  remove: [
    'What is installed is uninstalled first.',
    'With the last kernel the package itself goes; its source stays.',
  ],
  status: ['One line for each package, or for each kernel it is built for; see OUTPUT.'],
  match: ['Everything installed for the kernel of --templatekernel is built and installed for the kernel of -k.'],
  autoinstall: [
    'Of each package the newest version counts, and only packages with AUTOINSTALL in their dkms.conf.',
    'One that fails does not stop the others.',
    'Packages that exclude the kernel are no failure.',
  ],
  rebuild: [
    'Without a package it is about all; with --all-kernels about every kernel they are built for.',
    'A former build stays until the new one is complete, and stays for good when that fails.',
  ],
  repair: [
    'What an interrupted command of this program was about is completed by the next command; repair also finds what other programs, kills and power cuts have left.',
    'Builds are completed or deleted, installs completed or taken back, and put-aside modules brought back.',
    'What a person has to decide is listed, and the exit status is then 1.',
    'With --dry-run it says what it would do.',
  ],
  kernel_preinst: ['For the hook that runs before a kernel is unpacked.', 'It takes exactly one -k.'],
  kernel_postinst: ['For the hook that runs after a kernel is unpacked.', 'It is autoinstall with exactly one -k.'],
  kernel_prerm: ['For the hook that runs before a kernel is removed.', 'It takes exactly one -k.'],
  generate_mok: ['An existing file is never overwritten.', 'The certificate must then be enrolled with mokutil(1).'],
  mktarball: ['The kind of compression is that of the file name.', 'The same input gives the same bytes.'],
  ldtarball: [
    'Nothing in the archive is run before it has been checked, and nothing is written unless all of it is sound.',
  ],
  lint: ['Nothing is written and nothing is run.'],
  mkdriverdisk: [
    'The disk goes to driver_disk below the package in the tree, under the name that DKMS 2 gives it; --output names another directory, which exists, or the file.',
    'With -d it is a floppy unless --media says otherwise, as with DKMS 2; with --format it is what suits the format.',
    'Several formats, given with several --format, share one disk.',
    'SUSE updates need --dist or, in their old form, -r; those for debian-installer need --dist with distributor and codename.',
    'What to type at the boot prompt of the installer is printed; the line that begins with Disk image location names the file.',
    'Kernels that the package is not built for are built first, as by build; the exit status is 5 when one cannot be.',
    'With --spec, and for redhat3 where /etc/dkms/template-dkms-redhat-kmod.spec exists, rpmbuild makes the packages, once for each kernel.',
    'With --sign-key the RPM packages on the disk are signed and, where it has something for SUSE, the disk itself, in a file .asc beside it: linuxrc asks for that in its secure mode.',
    'A dry run makes the disk in the place for temporary files, lists what is on it, and removes it; it builds neither modules nor packages of spec files.',
  ],
  show: ['Needs no root and mounts nothing.', 'A directory is taken for what is on a disk, too.'],
  verify: [
    'Without --release a disk is judged for every installer that it has something for.',
    'With -k it is also told whether the installer of that kernel is offered anything and, where the headers of the kernel are here, whether the symbols fit.',
    'The exit status is 1 when an installer would not take the disk, or part of it.',
    'Of packages and archives that are no disk it is told whether they are intact, who signed them, and for which kernels they have modules, signed or not; with -k they must have some for that kernel.',
    'With --keyring the file must be signed by one of the keys; the signature of a disk or an archive lies in a file .asc beside it.',
  ],
}
