/** DKMS tarballs and archives of sources, as files and inside of packages. */
import { closeSync, openSync, statSync } from 'node:fs'
import type { Compression } from '../../archive/compression.ts'
import { readRange } from '../../archive/file-range.ts'
import { readTarChunks } from '../../archive/tar-read.ts'
import { inspectArchive } from '../../importer/inspect.ts'
import type { ArchiveContents, InspectRequest } from '../../importer/model.ts'
import type { ArchiveInspection, InspectedModule } from './model.ts'
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
    integrity: { state: 'unprotected', checks: [] },
    signatures: [],
    problems: [],
  }
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
