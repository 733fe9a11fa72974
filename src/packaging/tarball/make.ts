/** mktarball: from a package in the tree to an archive that any DKMS loads. */
import { accessSync, constants } from 'node:fs'
import { writeTar } from '../../archive/tar-write.ts'
import { loadConf } from '../../conf/load.ts'
import { type AbsolutePath, below, type Kernel, sameKernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, isDirectory, makeDirectories } from '../../system/fs.ts'
import { treePaths } from '../../tree/layout.ts'
import { chooseBuiltKernels, findInTree, sourceDirectory } from '../plan/choose.ts'
import { assertBuildComplete } from '../plan/complete.ts'
import { type Collected, collectEntries, newestFile } from './collect.ts'
import type { TarballPlace, TarballRequest, TarballResult } from './model.ts'
import { tarballPlace } from './place.ts'
import { tarballSections } from './sections.ts'

/**
 * Same package, same kernels, same SOURCE_DATE_EPOCH: same bytes. Without SOURCE_DATE_EPOCH no time in the archive is
 * later than the newest file of the source, so a rebuild of the modules alone does not show in the times.
 *
 * @throws {FactoryError} NOT_IN_TREE, PACKAGE_BROKEN, SOURCE_MISSING, CONF_INVALID, NOT_BUILT, BUILD_INCOMPLETE, SOURCE_UNPACKABLE, USAGE,
 *   DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, TOOL_MISSING; a file that was at the destination then stays
 */
export async function makeTarball(request: TarballRequest): Promise<TarballResult> {
  const { package: id, mode, roots } = request
  const found = findInTree(roots, id)
  const source = sourceDirectory(found, mode)
  const kernels = mode === 'source-only' ? [] : chooseBuiltKernels(found, request.kernels)
  await assertConfValid(source, kernels[0], request)
  for (const build of found.builds.filter(({ kernel }) => kernels.some((one) => sameKernel(one, kernel)))) {
    await assertBuildComplete(roots, found, build, source, request.given)
  }
  const paths = treePaths(roots)
  const place = tarballPlace({ ...request, kernels, tarballDir: paths.tarballDir(id) })
  const collected = collectEntries(tarballSections({ package: id, mode, kernels, source, paths }))
  const path = below(place.directory, place.fileName)
  const mtime = clampOf(collected, request)
  const { entries, contentBytes } = collected
  const result = { package: id, mode, kernels, path, ...place, mtime, members: entries.length, contentBytes }
  if (request.dryRun) return result
  return { ...result, written: await write(collected, place, path, mtime, request) }
}

async function assertConfValid(
  source: AbsolutePath,
  kernel: Kernel | undefined,
  request: TarballRequest,
): Promise<void> {
  await loadConf({
    confFile: below(source, 'dkms.conf'),
    ...request.given,
    package: request.package,
    kernel: kernel ?? request.runningKernel,
    roots: request.roots,
    strictness: 'lenient',
    trust: 'trusted',
  })
}

function clampOf({ entries }: Collected, { sourceDateEpoch, mode }: TarballRequest): number {
  if (sourceDateEpoch !== undefined) return sourceDateEpoch
  return newestFile(entries, mode === 'binaries-only' ? 'dkms_binaries_only' : 'dkms_source_tree')
}

async function write(
  { entries, contentBytes }: Collected,
  { directory, compression }: TarballPlace,
  path: AbsolutePath,
  mtime: number,
  { report, digest = true }: TarballRequest,
): Promise<{ bytes: number; sha256?: string }> {
  assertWritable(directory, path)
  const onBytes = (done: number): void => report({ kind: 'bytes', label: 'pack', done, total: contentBytes })
  return await writeTar(entries, path, { compression, mtime, onBytes, digest })
}

function assertWritable(directory: AbsolutePath, path: AbsolutePath): void {
  try {
    makeDirectories(directory)
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    const { message } = fileError(error, 'write to', directory)
    throw new FactoryError('DESTINATION_NOT_WRITABLE', message, {
      hint: 'run as root, or name another place with --archive',
      cause: error,
    })
  }
  if (!isDirectory(path)) return
  throw new FactoryError('DESTINATION_NOT_WRITABLE', `a directory is in the place of the archive: ${path}`, {
    hint: 'name another file with --archive',
  })
}
