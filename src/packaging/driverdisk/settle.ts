/** Files of a layout as entries of an image: archives within the disk are written, texts compressed. */
import { writeChunks } from '../../archive/chunk-file.ts'
import { compress } from '../../archive/compression.ts'
import { cpioChunks } from '../../archive/cpio-write.ts'
import type { ImageEntry } from '../../archive/image/model.ts'
import type { TarEntry } from '../../archive/tar-entry.ts'
import { tarChunks } from '../../archive/tar-write.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import type { ArchiveMember, DiskContent, DiskFile } from './model.ts'
import { gzipText } from './repodata.ts'

type EntryContent = Extract<ImageEntry, { kind: 'file' }>['content']

/**
 * @param work an existing directory for the archives
 * @throws {FactoryError} FILE_ACCESS when a module cannot be read or changes meanwhile
 */
export async function settleFiles(files: readonly DiskFile[], time: number, work: AbsolutePath): Promise<ImageEntry[]> {
  const entries: ImageEntry[] = []
  for (const [index, file] of files.entries()) {
    if (file.kind === 'symlink') entries.push(file)
    else {
      const content = await settleContent(file.content, time, below(work, `content-${index}`))
      entries.push({ kind: 'file', path: file.path, executable: file.executable ?? false, content })
    }
  }
  return entries
}

async function settleContent(content: DiskContent, time: number, place: AbsolutePath): Promise<EntryContent> {
  if ('gzip' in content) return { data: gzipText(content.gzip) }
  if ('text' in content || !('archive' in content)) return content
  const chunks =
    content.archive === 'cpio' ? cpio(content.members, time) : tarChunks(tar(content.members), { mtime: time })
  const { bytes } = await writeChunks(compress('gzip', chunks), place)
  return { from: place, bytes }
}

/**
 * newc, which every loader reads. DKMS 2.x wrote the variant with checksums, which nothing needs.
 */
async function* cpio(members: readonly ArchiveMember[], mtime: number): AsyncGenerator<Uint8Array> {
  const entries = members.map(({ path, content }, index) => ({ name: path, mode: 0o100644, mtime, index, content }))
  yield* cpioChunks(entries, { form: 'newc', onDigest: () => {} })
}

/** In the format that YaST's tar and every other reads. */
function tar(members: readonly ArchiveMember[]): TarEntry[] {
  return members.map(({ path, content }) => ({ kind: 'file', path, executable: false, content }))
}
