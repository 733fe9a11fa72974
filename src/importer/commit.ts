/**
 * Puts what was staged and checked in its place, each part with one rename: the source first, then the package version
 * as a whole, or when it exists its link and then each build. Killed in between, the next load of the same archive goes
 * on where this one ended.
 */
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { type AbsolutePath, below, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { fileError, lstatOrNone, makeDirectories, removeEmptyParents } from '../system/fs.ts'
import { commitBuild, commitSource, commitSourceStub, commitVersion, linkSource } from '../tree/change.ts'
import { treePaths } from '../tree/layout.ts'
import { stagedTag } from '../tree/staging.ts'
import type { BuildOutcome } from './model.ts'
import type { SourcePlan } from './plan.ts'

export interface CommitRequest {
  readonly roots: Roots
  readonly package: PackageId
  readonly plan: SourcePlan
  /** Unpacked directories. `source` is that of the package's source, or of a binaries-only archive's dkms.conf. */
  readonly staged: { readonly source: AbsolutePath; readonly stub: AbsolutePath }
  readonly builds: readonly {
    readonly kernel: Kernel
    readonly staged: AbsolutePath
    readonly outcome: BuildOutcome
  }[]
}

/** @throws {FactoryError} FILE_ACCESS, DISK_FULL */
export function commitLoad(request: CommitRequest): void {
  const { roots, package: id, plan, staged } = request
  if (plan.source !== 'leave') commitSource(roots, id, staged.source)
  if (lstatOrNone(treePaths(roots).versionDir(id)) === undefined) return commitNewVersion(request)
  if (plan.tie === 'link') linkSource(roots, id)
  if (plan.tie === 'stub') commitSourceStub(roots, id, staged.stub)
  for (const { kernel, staged: build, outcome } of request.builds) {
    if (outcome === 'loaded' || outcome === 'replaced') {
      commitBuild(roots, id, kernel, build, { replace: outcome === 'replaced' })
    }
  }
}

function commitNewVersion(request: CommitRequest): void {
  const { roots, package: id } = request
  const version = treePaths(roots).versionStaging(id, stagedTag())
  try {
    assembleVersion(version, request)
    commitVersion(roots, id, version)
  } catch (error) {
    rmSync(version, { recursive: true, force: true })
    removeEmptyParents(dirname(version), roots.dkmsTree)
    throw fileError(error, 'stage the package', version)
  }
}

function assembleVersion(version: AbsolutePath, { roots, package: id, plan, staged, builds }: CommitRequest): void {
  // DKMS leaves an empty build/ behind `add`, and looks for it.
  makeDirectories(below(version, 'build'))
  const source = below(version, 'source')
  if (plan.tie === 'stub') renameSync(staged.stub, source)
  else symlinkSync(treePaths(roots).sourceDir(id), source)
  for (const { kernel, staged: build } of builds) {
    makeDirectories(below(version, kernel.release))
    renameSync(build, below(version, kernel.release, kernel.arch))
  }
}
