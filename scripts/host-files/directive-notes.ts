/**
 * What dkms.conf(5) says about each directive beyond the columns of the directive table. A directive that the program
 * knows and this table does not is a type error. Sentences, one line each.
 */
import type { DirectiveName } from '../../src/conf/directives.ts'

const legacy = ['It acts only with legacy_directives in framework.conf(5); without it one warning is all it causes.']
const script = 'Written as the path of an executable file and its arguments, with blanks between them.'

export const directiveNotes: Readonly<Record<DirectiveName, readonly string[]>> = {
  PACKAGE_NAME: ['It names the directories of the package and stands before the slash in M/V.'],
  PACKAGE_VERSION: ['It stands after the slash in M/V.'],
  BUILT_MODULE_NAME: ['Without the suffix .ko.'],
  BUILT_MODULE_LOCATION: ['A path below the root of the source.'],
  DEST_MODULE_NAME: ['Without the suffix .ko.'],
  DEST_MODULE_LOCATION: [
    'It must begin with /kernel, /updates or /extra.',
    'Most distributions decide the place themselves and override it.',
  ],
  STRIP: ['yes or no.', 'The first one speaks for those that are not set.'],
  MAKE: [
    'A leading make gets the number of jobs and KERNELRELEASE added; write it between quotes to be left alone.',
    '$kernelver and the other variables may be used between single quotes too.',
    'Element 0 without a match is the default; of those that match the kernel the last wins.',
  ],
  MAKE_MATCH: ['An extended regular expression, not anchored.'],
  CLEAN: [],
  PATCH: ['Applied with patch -p1 in the order of the indices.'],
  PATCH_MATCH: ['An extended regular expression, not anchored.'],
  POST_ADD: [script],
  PRE_BUILD: [script, 'It runs in the build directory, and its failure ends the build.'],
  POST_BUILD: [script, 'It runs in the build directory, and its failure ends the build.'],
  PRE_INSTALL: [script, 'When it fails the module is not installed, unless --force is given.'],
  POST_INSTALL: [script],
  POST_REMOVE: [script],
  PRE_REMOVE: [],
  AUTOINSTALL: ['yes, in any case, or no.'],
  BUILD_DEPENDS: [
    'Names of packages; any version will do.',
    'autoinstall takes the packages in the order this asks for.',
  ],
  BUILD_DEPENDS_REBUILD: ['yes or no.'],
  BUILD_EXCLUSIVE_KERNEL: ['Not anchored: begin it with ^ where that is meant.'],
  BUILD_EXCLUSIVE_KERNEL_MIN: [],
  BUILD_EXCLUSIVE_KERNEL_MAX: [
    'Versions are compared whole, and 6.1 is older than 6.1.0-12: write 6.1.9999 to include every 6.1.',
  ],
  BUILD_EXCLUSIVE_ARCH: [],
  BUILD_EXCLUSIVE_CONFIG: ['All of the words must hold.'],
  OBSOLETE_BY: [],
  NO_WEAK_MODULES: ['yes or no.'],
  REMAKE_INITRD: legacy,
  MODULES_CONF: legacy,
  MODULES_CONF_OBSOLETES: legacy,
  MODULES_CONF_ALIAS_TYPE: legacy,
  MODULES_CONF_OBSOLETE_ONLY: legacy,
  SIGN_FILE: [],
  MOK_SIGNING_KEY: [],
  MOK_CERTIFICATE: [],
}
