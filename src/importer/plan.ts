/**
 * What loading an archive would change, decided from what it holds and what is there. Nothing that exists and differs
 * gives way without --force; what exists and is the same is left alone; what is new is loaded, also into a package that
 * is added already.
 */
import { type AbsolutePath, formatPackage, type Kernel, type PackageId } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { TreePackage } from '../tree/model.ts'
import type { BuildOutcome } from './model.ts'

/** What is on the host, as far as it matters. */
export interface Standing {
  readonly package: PackageId
  readonly known: TreePackage | undefined
  /** Where the package's source is on the host, linked or not; undefined when it is nowhere. */
  readonly hostSource: AbsolutePath | undefined
  /** What stands in the place of SRC/M-V and is no directory. */
  readonly obstacle: AbsolutePath | undefined
  readonly archiveHasSource: boolean
  /** Asked only when both sides have a source. */
  readonly sameSource: () => boolean
  /** Whether the dkms.conf of the host, in its source or in the package's stub, is that of the archive. */
  readonly sameConf: () => boolean
  readonly force: boolean
}

export interface SourcePlan {
  readonly source: 'load' | 'replace' | 'leave'
  /** TREE/M/V/source: a link to SRC/M-V, or a directory with just the dkms.conf. */
  readonly tie: 'link' | 'stub' | 'leave'
  /** The host's source has another dkms.conf than the binaries were made with. */
  readonly confDiffers: boolean
}

/** @throws {FactoryError} ARCHIVE_ALREADY_ADDED, SOURCE_CONFLICT, PACKAGE_BROKEN: what is there differs, and no --force */
export function planSource(standing: Standing): SourcePlan {
  return standing.archiveHasSource ? planWithSource(standing) : planBinariesOnly(standing)
}

function planWithSource(standing: Standing): SourcePlan {
  const { package: id, known, hostSource, obstacle, sameSource, sameConf, force } = standing
  const tie = known?.source.kind === 'linked' ? 'leave' : 'link'
  if (known?.source.kind === 'binaries-only' && !force && !sameConf()) throw differs(id, known.source.dir)
  if (hostSource === undefined) {
    if (obstacle !== undefined && !force) throw inTheWay(id, obstacle)
    return { source: 'load', tie, confDiffers: false }
  }
  if (sameSource()) return { source: 'leave', tie, confDiffers: false }
  if (force) return { source: 'replace', tie: 'link', confDiffers: false }
  if (known !== undefined) throw differs(id, hostSource)
  throw inTheWay(id, hostSource)
}

function inTheWay(id: PackageId, where: AbsolutePath): FactoryError {
  return new FactoryError('SOURCE_CONFLICT', `another source of ${formatPackage(id)} is in the way: ${where}`, {
    hint: 'move it away, or give --force to replace it',
  })
}

function planBinariesOnly({ package: id, known, hostSource, sameConf, force }: Standing): SourcePlan {
  const kind = known?.source.kind
  if (kind === 'binaries-only') {
    const same = sameConf()
    if (!same && !force) throw differs(id, known?.source.kind === 'binaries-only' ? known.source.dir : hostSource)
    return { source: 'leave', tie: same ? 'leave' : 'stub', confDiffers: false }
  }
  if (hostSource !== undefined) {
    return { source: 'leave', tie: kind === 'linked' ? 'leave' : 'link', confDiffers: !sameConf() }
  }
  if (known?.source.kind === 'broken' && known.source.reason === 'dangling-link' && !force) {
    throw new FactoryError(
      'PACKAGE_BROKEN',
      `${formatPackage(id)} is linked to a source that is not there: ${known.dir}/source`,
      {
        hint: 'put the source back, or give --force to keep only the dkms.conf of the archive',
      },
    )
  }
  return { source: 'leave', tie: 'stub', confDiffers: false }
}

function differs(id: PackageId, where: AbsolutePath | undefined): FactoryError {
  return new FactoryError(
    'ARCHIVE_ALREADY_ADDED',
    `${formatPackage(id)} is already added, and differs: ${where ?? ''}`,
    {
      hint: 'give --force to replace it, or `dkms remove` it first',
    },
  )
}

export interface BuildStanding {
  readonly kernel: Kernel
  readonly present: 'no' | 'half-made' | 'same' | 'different'
}

/** A half-made build is what an interrupted command left: it blocks DKMS and holds nothing to keep. */
export function planBuild({ present }: BuildStanding, force: boolean): BuildOutcome {
  switch (present) {
    case 'no':
      return 'loaded'
    case 'same':
      return 'unchanged'
    case 'half-made':
      return 'replaced'
    case 'different':
      return force ? 'replaced' : 'skipped'
  }
}

/** @throws {FactoryError} ARCHIVE_ALREADY_ADDED when there is nothing to do, and no --force to make that a success */
export function assertSomethingToDo(
  id: PackageId,
  source: SourcePlan,
  builds: readonly BuildOutcome[],
  force: boolean,
): void {
  if (force || source.source !== 'leave' || source.tie !== 'leave') return
  if (builds.some((outcome) => outcome === 'loaded' || outcome === 'replaced')) return
  const skipped = builds.filter((outcome) => outcome === 'skipped').length
  const why = skipped === 0 ? 'with all that the archive holds' : `and its builds differ for ${skipped} kernel(s)`
  throw new FactoryError('ARCHIVE_ALREADY_ADDED', `${formatPackage(id)} is already added, ${why}`, {
    hint: skipped === 0 ? 'nothing is left to do' : 'give --force to replace the builds',
  })
}
