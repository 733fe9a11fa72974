/**
 * The one error class a user can meet. Everything else that is thrown is a bug and is reported as one.
 *
 * A code is stable and names one situation; the exit status belongs to the code (src/cli/exit-codes.ts), so that
 * rooms below the command line never know about exit statuses.
 */
export type ErrorCode = keyof typeof errorMeanings

/** Every situation with a code of its own and what it means; docs/errors.md is generated from this table. */
export const errorMeanings = {
  USAGE: 'the command line cannot be understood',
  ARGUMENT_MISSING: 'a needed argument, such as the package name or version, was not given',
  UNKNOWN_ACTION: 'no action, or one that does not exist, was given',
  SECOND_ACTION: 'more than one action was given',
  CONFLICTING_FLAGS: 'two options that exclude each other were given',
  KERNEL_WITH_ALL: '-k and --all were given together',
  ARCH_WITH_ALL: '-a and --all were given together',
  ALL_NOT_ALLOWED: 'the action does not take --all',
  KERNEL_COUNT: 'the action takes exactly one kernel',
  ARCH_COUNT: 'more architectures than one were given and their number is not that of the kernels',
  KERNEL_EMPTY: 'a kernel or an architecture was given and is empty',
  NOT_ROOT: 'the action changes places that the user may not change',
  TREE_NOT_WRITABLE: 'the DKMS tree cannot be written',
  FILE_ACCESS: 'a file or directory could not be read or written',
  DISK_FULL: 'there is no space left',
  OUTPUT_FAILED: 'the result could not be written to standard output',
  TOOL_MISSING: 'a program this action needs is not installed',
  COMMAND_FAILED: 'a program this action ran failed',
  COMMAND_TIMEOUT: 'a program this action ran did not end in time',
  INTERRUPTED: 'the action was interrupted',
  JOURNAL_UNREADABLE: 'the journal of an interrupted command cannot be understood',
  LOCKED: 'another process holds the lock of the tree',
  OS_RELEASE_MISSING: 'the distribution cannot be told: no os-release file',
  ARCH_UNKNOWN: 'the architecture cannot be determined',
  SOURCE_MISSING: 'the source directory of the package does not exist',
  ALREADY_ADDED: 'the package is already in the tree',
  CONF_NOT_FOUND: 'the given directory holds no dkms.conf',
  CONF_UNREADABLE: 'dkms.conf cannot be read',
  CONF_INVALID: 'dkms.conf or framework.conf is not valid',
  CONF_UNNAMED: 'dkms.conf gives no package name or version',
  CONF_NEEDS_BASH: 'dkms.conf does something that only a real bash can do, and its source is not trusted',
  NAME_UNSAFE:
    'a package name, version, kernel or architecture cannot stand in a path: it is too long, or has characters that may not',
  NOT_IN_TREE: 'the package is not in the tree',
  PACKAGE_BROKEN: 'the package lacks its source directory or the link to it',
  SOURCE_EMPTY: 'the source of the package holds nothing to build',
  HEADERS_MISSING: 'the headers of the kernel are not installed',
  PATCH_MISSING: 'a patch that dkms.conf names does not exist or lies outside the patches directory',
  PATCH_FAILED: 'a patch does not apply',
  SCRIPT_FAILED: 'a script of the package returned an error',
  BUILD_FAILED: 'make returned an error',
  MODULE_NOT_BUILT: 'make succeeded and a module that dkms.conf promises is not there',
  VERMAGIC_MISMATCH: 'a module was built for another kernel',
  BUILD_EXCLUDED: 'dkms.conf excludes this kernel',
  BUILD_DEPENDS_MISSING: 'a package this one depends on is not installed for the kernel',
  NOT_BUILT: 'the package is not built for the kernel',
  BUILD_INCOMPLETE: 'the built modules in the tree are not complete',
  BUILT_MODULE_MISSING: 'the tree lacks a module that is to be installed',
  KERNEL_NOT_INSTALLED: 'the install tree has no such kernel',
  MODULES_REFUSED: 'the kernel has every module already, newer or the same',
  PRE_INSTALL_FAILED: 'the pre_install script refused the install',
  DEPMOD_FAILED: 'depmod failed, and the install was taken back',
  INITRD_FAILED: 'the initial ramdisk could not be made anew, and the install was taken back',
  ARCHIVE_MISSING: 'the archive does not exist',
  ARCHIVE_UNREADABLE: 'the archive is damaged or of an unknown kind',
  ARCHIVE_UNSAFE: 'the archive has members that could write outside of the package',
  ARCHIVE_NO_CONF: 'the archive holds no usable dkms.conf',
  ARCHIVE_NO_PACKAGE: 'the archive holds neither a DKMS tarball nor a package source',
  ARCHIVE_ALREADY_ADDED: 'the package of the archive is already in the tree',
  ARCHIVE_TOO_NEW: 'the archive was made by a newer, incompatible DKMS',
  ARCHIVE_SOURCE_NEEDED: 'the archive holds binaries only and the action needs the source',
  ARCHIVE_IS_PACKAGE: 'the archive is a package for a package manager such as rpm',
  SOURCE_CONFLICT: 'another source of the same name and version is in the way',
  SOURCE_UNPACKABLE: 'the package holds files that an archive cannot carry safely',
  DESTINATION_NOT_WRITABLE: 'the place for the result cannot be written',
  SIGNATURE_REQUIRED: 'modules must be signed (--require-signature) and cannot be',
  SIGNING_FAILED: 'the program that signs modules failed, and modules must be signed',
  KEY_PAIR_UNUSABLE: 'the signing key and its certificate are not both there, or do not belong together',
  CERTIFICATE_INVALID: 'a file is not an X.509 certificate',
  PACKAGE_INVALID: 'a package file is damaged, made to harm, or not a package',
  PACKAGE_UNTRUSTED: 'a package file is not signed as the given keys demand, or a signature of it is bad',
  PACKAGE_REFUSED: 'a package was described in a way that its format cannot hold',
  SPEC_MISSING: 'the spec file that was named does not exist',
  PACKAGE_BUILD_FAILED: 'a program that builds packages from a template of the user failed',
  PACKAGE_KEY_UNUSABLE: 'a signing key cannot be read, unlocked or used for this kind of signature',
  PACKAGE_SIGNING_FAILED: 'a signature could not be made',
  IMAGE_FULL: 'what is to go on a disk image does not fit its size',
  IMAGE_REFUSED: 'a disk image was described in a way that its file system cannot hold',
  DISK_REFUSED: 'a driver disk was asked for that no installer would take',
  METADATA_INVALID: 'packaging.yaml, or an option that stands for it, is not valid',
  ELF_INVALID: 'a file is not a kernel module or is damaged',
  AUTOINSTALL_FAILED: 'a package that is installed automatically could not be installed',
  KERNEL_CLEANUP_FAILED: 'what was built for a kernel could not all be removed',
  MATCH_SAME_KERNEL: 'the kernel to match is the template itself',
  REPAIR_INCOMPLETE: 'something is left that a person has to repair',
  SOME_FAILED: 'part of the work failed',
  LINT_FAILED: 'the checked package has errors',
  DISK_UNACCEPTABLE: 'an installer would not take the driver disk, or part of it',
} as const

export interface ErrorDetails {
  /** What to do about it, one sentence. */
  readonly hint?: string
  readonly cause?: unknown
  /** Further lines: each problem of a file, the last lines of a log. */
  readonly details?: readonly string[]
  /** For codes whose exit status is that of a program: that program's status. */
  readonly exitStatus?: number
}

export class FactoryError extends Error {
  override readonly name = 'FactoryError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: readonly string[]
  readonly exitStatus: number | undefined

  /** @param message one line, lower-case subject, with the offending value and path in it */
  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.hint = more.hint
    this.details = more.details ?? []
    this.exitStatus = more.exitStatus
  }

  /** The same error with more to say. */
  with(more: ErrorDetails): FactoryError {
    const { hint = this.hint, cause = this.cause, details = this.details, exitStatus = this.exitStatus } = more
    return new FactoryError(this.code, this.message, {
      details,
      cause,
      ...(hint === undefined ? {} : { hint }),
      ...(exitStatus === undefined ? {} : { exitStatus }),
    })
  }
}

export function isFactoryError(value: unknown, ...codes: readonly ErrorCode[]): value is FactoryError {
  return value instanceof FactoryError && (codes.length === 0 || codes.includes(value.code))
}

/** For branches that the types say cannot be reached: reaching one is a bug of this program. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`)
}
