/**
 * ext2 by mke2fs -d, then a pass of debugfs over every inode: mke2fs takes owners and two of the three times from the
 * caller's files (mke2fs(8), debugfs(8)).
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { run } from '../../system/run.ts'
import type { ImageEntry, ImageRequest } from './model.ts'
import { ext2Kib } from './size.ts'
import { imageFull } from './write-fat.ts'
import { imageEnvironment } from './write-iso.ts'

/**
 * @param entries complete
 * @param tree where they are staged
 * @param commands a file name for the commands of debugfs
 * @throws {FactoryError} IMAGE_FULL; TOOL_MISSING; COMMAND_FAILED
 */
export async function writeExt2(
  request: ImageRequest,
  entries: readonly ImageEntry[],
  places: { readonly tree: AbsolutePath; readonly output: AbsolutePath; readonly commands: AbsolutePath },
): Promise<void> {
  const { size = 'auto', label, time } = request
  const inodes = entries.length + 32
  const kib = size === 'auto' ? ext2Kib(entries, inodes) : size
  const options = { env: imageEnvironment(time), purpose: 'write ext2 images' }
  const id = volumeUuid(label, entries)
  // Inodes of 128 bytes are what the kernels of that time read.
  const shape = ['-q', '-F', '-t', 'ext2', '-b', '1024', '-I', '128', '-m', '0', '-N', String(inodes)]
  const features = ['-O', '^resize_inode,^dir_index', '-L', label, '-U', id, '-E', `root_owner=0:0,hash_seed=${id}`]
  try {
    await run(['mke2fs', ...shape, ...features, '-d', places.tree, places.output, `${kib}k`], options)
  } catch (error) {
    if (!isFull(error)) throw error
    throw imageFull(request, entries, kib, 'the file system is full')
  }
  writeFileSync(places.commands, debugfsCommands(entries, time))
  await run(['debugfs', '-w', '-f', places.commands, places.output], options)
}

function isFull(error: unknown): boolean {
  return (
    isFactoryError(error, 'COMMAND_FAILED') &&
    error.details.some((line) => /could not allocate|no space|not enough space|too small|too big for a\b/i.test(line))
  )
}

function debugfsCommands(entries: readonly ImageEntry[], time: number): string {
  const stamp = `@${time}`
  const paths = ['/', ...entries.map(({ path }) => `/${path}`)]
  const lines = paths.flatMap((path) => [
    ...['ctime', 'atime', 'mtime'].map((field) => `set_inode_field "${path}" ${field} ${stamp}`),
    ...['uid', 'gid'].map((field) => `set_inode_field "${path}" ${field} 0`),
  ])
  return [`set_current_time ${stamp}`, 'rmdir lost+found', ...lines, ''].join('\n')
}

/** The same for the same names on it; readers use it to tell disks apart, and nothing else. */
function volumeUuid(label: string, entries: readonly ImageEntry[]): string {
  const hash = createHash('sha256').update(label)
  for (const { path } of entries) hash.update(`\0${path}`)
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
