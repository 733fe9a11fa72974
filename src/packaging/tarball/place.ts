/** Names and places of tarballs, as `dkms mktarball` chooses them (DKMS man page; the 200 characters from its 2.x and 3.x sources). */
import { isAbsolute, resolve } from 'node:path'
import { byFileName } from '../../archive/compression.ts'
import { type AbsolutePath, absolutePath, type Kernel, type PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { TarballMode, TarballPlace } from './model.ts'

export interface PlaceRequest {
  readonly package: PackageId
  readonly mode: TarballMode
  readonly kernels: readonly Kernel[]
  /** As given with --archive; empty counts as not given. */
  readonly archive?: string | undefined
  readonly tarballDir: AbsolutePath
  /** Asked for where the archive is given by a relative path. */
  readonly workingDirectory: () => AbsolutePath
}

/**
 * @throws {FactoryError} USAGE when --archive names a directory or a suffix that says no compressor
 */
export function tarballPlace(request: PlaceRequest): TarballPlace {
  const { archive, tarballDir, workingDirectory } = request
  if (archive === undefined || archive === '') {
    return { directory: tarballDir, fileName: defaultName(request), compression: 'gzip' }
  }
  const slash = archive.lastIndexOf('/')
  const fileName = archive.slice(slash + 1)
  if (fileName === '') {
    throw new FactoryError('USAGE', `--archive names no file: ${archive}`, { hint: 'end it in a file name' })
  }
  const directory = slash === -1 ? tarballDir : fromThere(archive.slice(0, slash + 1), workingDirectory)
  return { directory, fileName, compression: byFileName(fileName) }
}

function fromThere(directory: string, workingDirectory: () => AbsolutePath): AbsolutePath {
  return absolutePath(isAbsolute(directory) ? resolve(directory) : resolve(workingDirectory(), directory))
}

function defaultName(request: PlaceRequest): string {
  const { name, version } = request.package
  return `${name}-${version}-${content(request)}.dkms.tar.gz`
}

/** From this length on, the list of kernels is left out of the name. */
const longestList = 200

function content({ mode, kernels }: PlaceRequest): string {
  if (mode === 'source-only') return 'source-only'
  const list = kernels.map(({ release, arch }) => `kernel${release}-${arch}`).join('-')
  return list.length >= longestList ? 'manykernels' : list
}
