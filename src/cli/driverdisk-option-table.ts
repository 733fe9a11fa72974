/** Options of mkdriverdisk alone. The first four are those of DKMS 2.x, with its forms. */
import type { OptionSpec } from './option-spec.ts'

export const driverDiskOptions = [
  {
    long: 'distro',
    short: 'd',
    prefix: true,
    value: 'DISTRO',
    describe: 'redhat, redhat1, redhat2, redhat3, suse, UnitedLinux or ubuntu, as with DKMS 2',
    verbs: ['mkdriverdisk'],
  },
  {
    long: 'media',
    prefix: true,
    value: 'MEDIUM',
    describe: 'iso, fat, floppy, ext2, tar or cpio; with -d a floppy, else what suits the format',
    verbs: ['mkdriverdisk'],
  },
  {
    long: 'size',
    prefix: true,
    value: 'KIB',
    describe: 'of a file system: KiB, or auto for as small as possible (a floppy: 1440)',
    verbs: ['mkdriverdisk'],
  },
  {
    long: 'dist',
    value: 'PRODUCT',
    repeat: true,
    describe: 'what the disk is for: sle15sp6, leap15.6, tw, =TAG for SUSE; debian/bookworm; may be repeated',
    verbs: ['mkdriverdisk'],
  },
  { long: 'label', value: 'LABEL', describe: 'of the file system (OEMDRV)', verbs: ['mkdriverdisk'] },
  {
    long: 'number',
    value: 'N',
    describe: 'the number of the update, on a SUSE disk that holds several',
    verbs: ['mkdriverdisk'],
  },
  {
    long: 'include',
    value: 'FILE',
    repeat: true,
    describe: 'an RPM or Debian package to put on the disk in place of made ones; may be repeated',
    verbs: ['mkdriverdisk'],
  },
  {
    long: 'signature',
    value: 'FORM',
    describe: 'of a disk for SUSE that is signed: detached (default), in a .asc beside it, or inline, around it',
    verbs: ['mkdriverdisk'],
  },
  {
    long: 'initrd',
    value: 'FILE',
    describe: 'write, too, what is to be appended to the initrd of the installer',
    verbs: ['mkdriverdisk'],
  },
] as const satisfies readonly OptionSpec[]
