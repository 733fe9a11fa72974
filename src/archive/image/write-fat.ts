/** FAT by mkfs.vfat and mtools, without root or a mount; names go in sorted, so their places do not vary. */
import { dirname } from 'node:path'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { run } from '../../system/run.ts'
import type { ImageEntry, ImageRequest } from './model.ts'
import { childrenOf, entryBytes, fatShape, fatSlots, floppyKib } from './size.ts'
import { imageEnvironment } from './write-iso.ts'

/** "OEMD": a volume number that is always the same. */
const volumeId = '4F454D44'

/**
 * @param entries complete and without links
 * @param tree where they are staged
 * @throws {FactoryError} IMAGE_FULL; TOOL_MISSING; COMMAND_FAILED
 */
export async function writeFat(
  request: ImageRequest,
  entries: readonly ImageEntry[],
  tree: AbsolutePath,
  output: AbsolutePath,
): Promise<void> {
  const options = { env: imageEnvironment(request.time), purpose: 'write FAT images' }
  const { arguments: shape, kib, rootSlots } = formatOf(request, entries)
  const used = childrenOf('', entries).reduce((sum, name) => sum + fatSlots(name), 1)
  if (used > rootSlots) throw imageFull(request, entries, kib, 'its root directory has too many names')
  const make = ['mkfs.vfat', '-C', '--invariant', '-i', volumeId, '-n', request.label, ...shape] as const
  try {
    await run([...make, output, String(kib)], options)
    for (const directory of entries.filter(({ kind }) => kind === 'directory')) {
      await run(['mmd', '-i', output, `::/${directory.path}`], options)
    }
    for (const [directory, paths] of filesByDirectory(entries)) {
      const sources = paths.map((path) => below(tree, path))
      await run(['mcopy', '-m', '-i', output, ...sources, `::/${directory}`], options)
    }
  } catch (error) {
    if (!isDiskFull(error)) throw error
    throw imageFull(request, entries, kib, 'the file system is full')
  }
}

interface FatFormat {
  readonly arguments: readonly string[]
  readonly kib: number
  readonly rootSlots: number
}

function formatOf({ medium, size }: ImageRequest, entries: readonly ImageEntry[]): FatFormat {
  if (typeof size === 'number') return { arguments: ['-r', '224'], kib: size, rootSlots: 224 }
  if (medium === 'floppy' && size === undefined) return { arguments: [], kib: floppyKib, rootSlots: 224 }
  const { kib, bits } = fatShape(entries)
  if (bits === 32) return { arguments: ['-F', '32', '-s', '8'], kib, rootSlots: 65_536 }
  return { arguments: ['-F', String(bits), '-s', '8', '-r', '512'], kib, rootSlots: 512 }
}

/** Sorted as the entries are; the root is an empty path. */
function filesByDirectory(entries: readonly ImageEntry[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { kind, path } of entries) {
    if (kind !== 'file') continue
    const directory = dirname(path) === '.' ? '' : dirname(path)
    const paths = found.get(directory) ?? []
    paths.push(path)
    found.set(directory, paths)
  }
  return found
}

function isDiskFull(error: unknown): boolean {
  return (
    isFactoryError(error, 'COMMAND_FAILED') &&
    error.details.some((line) => /disk full|no space|too few (?:blocks|sectors)|too small/i.test(line))
  )
}

/** @param why as a clause */
export function imageFull(
  { medium, label, size }: ImageRequest,
  entries: readonly ImageEntry[],
  kib: number,
  why: string,
): FactoryError {
  const needed = Math.ceil(entries.reduce((sum, entry) => sum + entryBytes(entry), 0) / 1024)
  const advice =
    medium === 'floppy' || typeof size === 'number' ? 'use --size auto with --media fat, or --media iso' : ''
  return new FactoryError(
    'IMAGE_FULL',
    `${needed} KiB of files do not fit on the ${medium} image ${label} of ${kib} KiB: ${why}`,
    { hint: `${advice === '' ? 'use --media iso' : advice}, or put fewer kernels on it; nothing was written` },
  )
}
