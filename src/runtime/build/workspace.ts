/** The directory in which one kernel's build works: a fresh copy of the source with the administrator's patches laid over it. */
import { copyFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type AbsolutePath, below, type Kernel, type PackageId, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { copyTree } from '../../system/copy.ts'
import { fileError, isDirectory, makeDirectories, removeEmptyParents } from '../../system/fs.ts'
import { treePaths } from '../../tree/layout.ts'
import { noteStagingPlace } from '../../tree/staging.ts'

/**
 * `shared` is TREE/M/V/build, the place DKMS has always used and that custom MAKE lines may name; `private` is one of the
 * kernel's own, so that several kernels can be built at once.
 */
export type WorkspaceKind = 'shared' | 'private'

export interface Workspace {
  readonly kind: WorkspaceKind
  readonly dir: AbsolutePath
  readonly log: AbsolutePath
}

/** @throws {FactoryError} SOURCE_EMPTY when there is nothing to build beside dkms.conf */
export function prepareWorkspace(roots: Roots, id: PackageId, kernel: Kernel, kind: WorkspaceKind): Workspace {
  const paths = treePaths(roots)
  const source = paths.sourceLink(id)
  assertSourceHasContent(source)
  const dir = kind === 'shared' ? paths.buildDir(id) : paths.privateBuildDir(id, kernel)
  if (kind === 'private') noteStagingPlace(roots, dir)
  try {
    rmSync(dir, { recursive: true, force: true })
    makeDirectories(dir)
  } catch (error) {
    throw fileError(error, 'create the build directory', dir)
  }
  copyTree(`${source}/.`, dir)
  overlayPatches(roots, id, dir)
  return { kind, dir, log: below(dir, 'make.log') }
}

export function assertSourceHasContent(source: string): void {
  if (sourceHasContent(source)) return
  throw new FactoryError('SOURCE_EMPTY', `${source} holds nothing to build beside dkms.conf`, {
    hint: 'the package was loaded from an archive without source: load one that has it, or only install what is built',
  })
}

/** Whether there is more than the dkms.conf. */
export function sourceHasContent(source: string): boolean {
  return readdirSync(source).filter((name) => !name.startsWith('.')).length >= 2
}

/** DKMS 3.4: patches of the administrator win over those of the package. */
function overlayPatches(roots: Roots, id: PackageId, dir: string): void {
  const own = join(roots.etc, id.name, 'patches')
  if (isDirectory(own)) copyTree(own, join(dir, 'patches'))
}

export function discardWorkspace(workspace: Workspace, versionDir: string): void {
  rmSync(workspace.dir, { recursive: true, force: true })
  removeEmptyParents(join(workspace.dir, '..'), versionDir)
}

export function moveWorkspace(workspace: Workspace, dir: AbsolutePath): Workspace {
  rmSync(dir, { recursive: true, force: true })
  makeDirectories(dirname(dir))
  renameSync(workspace.dir, dir)
  return { kind: 'private', dir, log: below(dir, 'make.log') }
}

/**
 * Keeps what a failed build left, where people look for it: the first failed kernel's directory becomes TREE/M/V/build,
 * of the others the log is kept there.
 * @returns where the log lies afterwards
 */
export function keepFailedWorkspace(
  workspace: Workspace,
  buildDir: AbsolutePath,
  kernel: Kernel,
  first: boolean,
): AbsolutePath {
  if (workspace.kind === 'shared') return workspace.log
  if (first) {
    return moveWorkspace(workspace, buildDir).log
  }
  const kept = below(buildDir, `make-${kernel.release}-${kernel.arch}.log`)
  makeDirectories(buildDir)
  copyFileSync(workspace.log, kept)
  return kept
}
