/**
 * Whether a module may be installed beside the one that the kernel has: the rules of DKMS 3.2 (check_version_sanity),
 * pure.
 */
import { assertNever } from '../../errors.ts'
import { compareDkms } from '../../version/dkms.ts'

/** What modinfo tells of a module. */
export interface ModuleIdentity {
  readonly version: string | undefined
  readonly srcversion: string | undefined
}

export type RefusalReason = 'not-newer' | 'same' | 'same-unversioned' | 'obsolete'

/**
 * @param found the module of that name the kernel has
 * @param sameBytes asked only when version and source checksum do not tell
 * @returns why it is refused, or undefined
 */
export function refuseVersion(
  ours: ModuleIdentity,
  found: ModuleIdentity,
  sameBytes: () => boolean,
): Exclude<RefusalReason, 'obsolete'> | undefined {
  const [mine, theirs] = [normalise(ours), normalise(found)]
  const order = compareDkms(theirs.version, mine.version)
  if (order > 0) return 'not-newer'
  if (order < 0) return undefined
  if (mine.checksum !== theirs.checksum) return undefined
  if (mine.checksum !== '') return 'same'
  if (!sameBytes()) return undefined
  return mine.version === '' ? 'same-unversioned' : 'same'
}

/** Modules of old kernels carry the checksum as second word of the version. */
function normalise({ version = '', srcversion }: ModuleIdentity): { version: string; checksum: string } {
  const [own = '', checksum = ''] = version.trim().split(/\s+/)
  return { version: own, checksum: srcversion ?? checksum }
}

/**
 * OBSOLETE_BY: whether the kernel brings the module itself. `RELEASE[-ABI]` against the parts of the kernel release at its
 * dashes: obsolete from that release on, in the same release from that ABI on.
 */
export function isObsolete(obsoleteBy: string, kernelRelease: string): boolean {
  const [release = '', abi] = obsoleteBy.split('-')
  const [ownRelease = '', ownAbi = ''] = kernelRelease.split('-')
  const order = compareDkms(ownRelease, release)
  if (order !== 0) return order > 0
  return abi === undefined || compareDkms(ownAbi, abi) >= 0
}

/** One sentence for a person. */
export function describeRefusal(
  reason: RefusalReason,
  module: string,
  release: string,
  found: ModuleIdentity | undefined,
): string {
  const version = found?.version
  switch (reason) {
    case 'not-newer':
      return `${module} is not newer than version ${version ?? ''} that kernel ${release} has`
    case 'same':
      return `${module} is in kernel ${release} already, in the same version${version === undefined ? '' : ` ${version}`}`
    case 'same-unversioned':
      return `${module} is in kernel ${release} already, and without a version`
    case 'obsolete':
      return `${module} is obsolete: kernel ${release} brings it`
    default:
      return assertNever(reason)
  }
}
