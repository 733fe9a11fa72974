/** Disk images of every medium: no root, no mount, and equal input gives equal bytes. */
import { createReadStream, mkdirSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { stage } from '../../system/stage.ts'
import { type WrittenFile, writeChunks } from '../chunk-file.ts'
import { compress } from '../compression.ts'
import { type CpioMember, cpioChunks } from '../cpio-write.ts'
import type { TarEntry } from '../tar-entry.ts'
import { tarChunks } from '../tar-write.ts'
import { assertFatNames, completeEntries, refused, withoutLinks } from './entries.ts'
import type { ImageEntry, ImageRequest } from './model.ts'
import { type SettledEntry, settleContent, stageEntries } from './stage.ts'
import { writeExt2 } from './write-ext2.ts'
import { writeFat } from './write-fat.ts'
import { writeIso } from './write-iso.ts'

/**
 * Writes the image beside its destination and renames it into place, whole or not at all.
 *
 * @throws {FactoryError} IMAGE_FULL when the entries do not fit a given size; IMAGE_REFUSED for entries or a label the
 *   medium cannot hold; TOOL_MISSING; COMMAND_FAILED; FILE_ACCESS; DISK_FULL
 */
export async function writeImage(request: ImageRequest): Promise<WrittenFile> {
  assertLabel(request.label)
  assertTime(request.time)
  const entries = completeEntries(request.entries)
  using work = temporaryDirectory(request.tmp, 'dkms-image-')
  switch (request.medium) {
    case 'tar':
      return await written(
        packed(request, tarChunks(tarEntries(entries, work.path), { mtime: request.time })),
        request.destination,
      )
    case 'cpio':
      return await written(packed(request, cpioBytes(entries, request.time, work.path)), request.destination)
    case 'iso':
    case 'ext2':
    case 'fat':
    case 'floppy':
      return await writeFileSystem(request, entries, work.path)
  }
}

function packed(request: ImageRequest, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return compress(request.compression ?? 'none', chunks)
}

async function writeFileSystem(
  request: ImageRequest,
  complete: readonly ImageEntry[],
  work: AbsolutePath,
): Promise<WrittenFile> {
  const isFat = request.medium === 'fat' || request.medium === 'floppy'
  const entries = isFat ? completeEntries(withoutLinks(complete)) : complete
  if (isFat) assertFatNames(entries)
  const tree = below(work, 'tree')
  const output = below(work, 'image')
  mkdirSync(tree)
  await stage('files', () => stageEntries(entries, tree, request.time))
  await stage('image', async () => {
    if (isFat) await writeFat(request, entries, tree, output)
    else if (request.medium === 'ext2') {
      await writeExt2(request, entries, { tree, output, commands: below(work, 'commands') })
    } else await writeIso(request, tree, output)
  })
  return await written(createReadStream(output, { highWaterMark: 256 * 1024 }), request.destination)
}

/** To the disk, and not only to memory. */
function written(chunks: AsyncIterable<Uint8Array>, destination: AbsolutePath): Promise<WrittenFile> {
  return stage('writing', () => writeChunks(chunks, destination))
}

/** With a leading `./`, as the media of `dkms mkdriverdisk` have it. */
function tarEntries(entries: readonly ImageEntry[], work: AbsolutePath): TarEntry[] {
  return settleContent(entries, work).map((entry) => ({ ...entry, path: `./${entry.path}` }))
}

async function* cpioBytes(
  entries: readonly ImageEntry[],
  time: number,
  work: AbsolutePath,
): AsyncGenerator<Uint8Array> {
  const members = settleContent(entries, work).map((entry, index) => cpioMember(entry, index, time))
  yield* cpioChunks(members, { form: 'newc', onDigest: () => {} })
}

export function cpioMember(entry: SettledEntry, index: number, mtime: number): CpioMember {
  const common = { name: entry.path, mtime, index }
  switch (entry.kind) {
    case 'directory':
      return { ...common, mode: 0o40755 }
    case 'symlink':
      return { ...common, mode: 0o120777, content: { text: entry.target } }
    case 'file':
      return { ...common, mode: entry.executable ? 0o100755 : 0o100644, content: entry.content }
  }
}

/** What all of ISO, FAT and ext2 can hold, so that a label means the same on each. */
function assertLabel(label: string): void {
  if (/^[A-Z0-9_-]{1,11}$/.test(label)) return
  throw refused(
    `the label ${JSON.stringify(label)} does not fit every medium`,
    'use 1 to 11 of A-Z, 0-9, _ and -; installers look for OEMDRV',
  )
}

/** ext2 keeps 31 bits of seconds, and FAT begins in 1980. */
function assertTime(time: number): void {
  if (Number.isSafeInteger(time) && time >= 315_532_800 && time < 2 ** 31) return
  throw refused(
    `the time ${time} cannot be stored on every medium`,
    'set SOURCE_DATE_EPOCH to a time from 1980 to 2038',
  )
}
