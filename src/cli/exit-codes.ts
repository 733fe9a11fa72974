/**
 * The exit status of each error, one table. The numbers are those of DKMS 3.x, whose statuses are overloaded: scripts
 * know them, so they stay; the error code in messages and --json is what tells situations apart.
 */
import type { ErrorCode, FactoryError } from '../errors.ts'
import type { Verb } from './verbs.ts'

export const exitStatuses = {
  USAGE: 2,
  ARGUMENT_MISSING: 1,
  UNKNOWN_ACTION: 2,
  SECOND_ACTION: 4,
  CONFLICTING_FLAGS: 8,
  KERNEL_WITH_ALL: 2,
  ARCH_WITH_ALL: 3,
  ALL_NOT_ALLOWED: 5,
  KERNEL_COUNT: 4,
  ARCH_COUNT: 1,
  KERNEL_EMPTY: 16,
  NOT_ROOT: 1,
  TREE_NOT_WRITABLE: 1,
  FILE_ACCESS: 1,
  DISK_FULL: 1,
  OUTPUT_FAILED: 1,
  TOOL_MISSING: 1,
  COMMAND_FAILED: 1,
  COMMAND_TIMEOUT: 1,
  INTERRUPTED: 130,
  JOURNAL_UNREADABLE: 1,
  LOCKED: 1,
  OS_RELEASE_MISSING: 4,
  ARCH_UNKNOWN: 12,
  SOURCE_MISSING: 2,
  ALREADY_ADDED: 3,
  CONF_NOT_FOUND: 9,
  CONF_UNREADABLE: 4,
  CONF_INVALID: 8,
  CONF_UNNAMED: 8,
  CONF_NEEDS_BASH: 8,
  NAME_UNSAFE: 8,
  NOT_IN_TREE: 3,
  PACKAGE_BROKEN: 4,
  SOURCE_EMPTY: 8,
  HEADERS_MISSING: 21,
  PATCH_MISSING: 5,
  PATCH_FAILED: 6,
  SCRIPT_FAILED: 1,
  BUILD_FAILED: 10,
  MODULE_NOT_BUILT: 7,
  VERMAGIC_MISMATCH: 7,
  BUILD_EXCLUDED: 77,
  BUILD_DEPENDS_MISSING: 13,
  NOT_BUILT: 6,
  BUILD_INCOMPLETE: 7,
  BUILT_MODULE_MISSING: 6,
  KERNEL_NOT_INSTALLED: 6,
  MODULES_REFUSED: 6,
  PRE_INSTALL_FAILED: 101,
  DEPMOD_FAILED: 6,
  INITRD_FAILED: 7,
  ARCHIVE_MISSING: 2,
  ARCHIVE_UNREADABLE: 3,
  ARCHIVE_UNSAFE: 8,
  ARCHIVE_NO_CONF: 7,
  ARCHIVE_NO_PACKAGE: 3,
  ARCHIVE_ALREADY_ADDED: 8,
  ARCHIVE_TOO_NEW: 9,
  ARCHIVE_SOURCE_NEEDED: 8,
  ARCHIVE_IS_PACKAGE: 9,
  SOURCE_CONFLICT: 8,
  SOURCE_UNPACKABLE: 6,
  DESTINATION_NOT_WRITABLE: 9,
  SIGNATURE_REQUIRED: 1,
  SIGNING_FAILED: 1,
  KEY_PAIR_UNUSABLE: 1,
  CERTIFICATE_INVALID: 1,
  PACKAGE_INVALID: 7,
  PACKAGE_UNTRUSTED: 1,
  PACKAGE_REFUSED: 8,
  PACKAGE_BUILD_FAILED: 7,
  SPEC_MISSING: 5,
  PACKAGE_KEY_UNUSABLE: 1,
  PACKAGE_SIGNING_FAILED: 1,
  IMAGE_FULL: 7,
  IMAGE_REFUSED: 8,
  DISK_REFUSED: 3,
  METADATA_INVALID: 8,
  ELF_INVALID: 7,
  AUTOINSTALL_FAILED: 11,
  KERNEL_CLEANUP_FAILED: 14,
  MATCH_SAME_KERNEL: 2,
  REPAIR_INCOMPLETE: 1,
  SOME_FAILED: 1,
  LINT_FAILED: 1,
  DISK_UNACCEPTABLE: 1,
} as const satisfies Record<ErrorCode, number>

/** A bug of this program: BSD's EX_SOFTWARE (sysexits.h). */
export const bugStatus = 70

/** A tarball of modules that was not there was 12, tools that could not be installed were 4. */
const debianStatuses = { NOT_IN_TREE: 2, BUILD_INCOMPLETE: 12, TOOL_MISSING: 4 } as const

/** Where actions end with other statuses: mostly generators of DKMS 2.x, compared with what DKMS 3.x still has. */
export const statusesOfVerbs: Readonly<Partial<Record<Verb, Readonly<Partial<Record<ErrorCode, number>>>>>> = {
  mkdeb: debianStatuses,
  mkdsc: debianStatuses,
  mkbmdeb: debianStatuses,
  // What dkms says when rpm refuses a package that it was handed.
  ldtarball: { PACKAGE_INVALID: 9 },
  mkrpm: { NOT_IN_TREE: 2, NOT_BUILT: 5, BUILD_INCOMPLETE: 5 },
  mkkmp: { NOT_IN_TREE: 2, BUILD_EXCLUDED: 9 },
  mkdriverdisk: { USAGE: 1, NOT_IN_TREE: 2, NOT_BUILT: 5, BUILD_INCOMPLETE: 5 },
  mkkmod: { NOT_IN_TREE: 2, NOT_BUILT: 5, BUILD_INCOMPLETE: 5 },
}

/** A failing script of a package hands its own status on, as DKMS does. */
export function exitStatusOf(error: FactoryError, verb?: Verb): number {
  if (error.code === 'SCRIPT_FAILED') return error.exitStatus ?? exitStatuses.SCRIPT_FAILED
  return (verb === undefined ? undefined : statusesOfVerbs[verb]?.[error.code]) ?? exitStatuses[error.code]
}
