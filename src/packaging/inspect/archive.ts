/** DKMS tarballs and archives of sources, as files and inside of packages. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Compression } from '../../archive/compression.ts'
import { readRange } from '../../archive/file-range.ts'
import { readTarChunks } from '../../archive/tar-read.ts'
import { inspectArchive } from '../../importer/inspect.ts'
import type { ArchiveContents, InspectRequest } from '../../importer/model.ts'
import type { ArchiveInspection, InspectedModule, Integrity } from './model.ts'
import { ModuleQueue } from './modules.ts'

/** @throws {FactoryError} as inspectArchive of importer/inspect.ts */
export async function inspectTarball(request: InspectRequest): Promise<ArchiveInspection> {
  const contents = await inspectArchive(request)
  return {
    kind: contents.kind === 'plain-source' ? 'source-archive' : 'dkms-tarball',
    file: request.archive,
    bytes: statSync(request.archive).size,
    compression: contents.compression,
    unpackedBytes: contents.bytes,
    ...contents.package,
    content: contents.kind,
    kernels: contents.kernels,
    moduleNames: moduleNames(contents),
    files: [...contents.sourceFiles.values()].map(({ path, kind }) => ({ path, kind })),
    modules: await modulesOf(request, contents.compression),
    warnings: contents.diagnostics.map(({ message }) => message),
    integrity: integrityOf(request.archive, contents.compression),
    signatures: [],
    problems: [],
  }
}

/** What a compressor keeps of the content has been compared by now, for the archive was read to its end. */
function integrityOf(archive: string, compression: Compression): Integrity {
  if (!hasSum(archive, compression)) return { state: 'unprotected', checks: [] }
  return { state: 'intact', checks: [{ name: `${compression} checksum`, state: 'ok' }] }
}

/** gzip and bzip2 always; zstd and xz say so in their headers (RFC 8878 section 3.1.1.1.1, .xz file format section 2.1.1.2). */
function hasSum(archive: string, compression: Compression): boolean {
  const head = Buffer.alloc(8)
  const descriptor = openSync(archive, 'r')
  try {
    readSync(descriptor, head, 0, head.length, 0)
  } finally {
    closeSync(descriptor)
  }
  if (compression === 'zstd') return ((head[4] ?? 0) & 0x04) !== 0
  if (compression === 'xz') return ((head[7] ?? 0) & 0x0f) !== 0
  return compression !== 'none'
}

export function moduleNames({ conf }: Pick<ArchiveContents, 'conf'>): string[] {
  return conf.modules.map(({ builtName }) => builtName)
}

/**
 * Of an archive that inspectArchive has let pass.
 *
 * @param within path of the archive inside of a package
 */
export async function modulesOf(
  { archive, limits }: Pick<InspectRequest, 'archive' | 'limits'>,
  compression: Compression,
  within?: string,
): Promise<readonly InspectedModule[]> {
  const queue = new ModuleQueue()
  const where = within === undefined ? {} : { archive: within }
  const descriptor = openSync(archive, 'r')
  try {
    const bytes = statSync(archive).size
    const chunks = queue.paced(readRange({ descriptor, path: archive }, { offset: 0, bytes }))
    await readTarChunks(
      { name: archive, compression, chunks },
      (member) => queue.sinkFor(member, { path: member.path, ...where }),
      limits === undefined ? {} : { limits },
    )
    return await queue.settled()
  } finally {
    closeSync(descriptor)
  }
}
