/**
 * Opens disk images without root and without mounting them: ISO and squashfs through programs that are careful with them,
 * everything else by our own readers. What is inside is copied to a temporary directory; nothing there is followed or run.
 */
import { mkdirSync, readSync, statSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { readChunks, writeChunks } from '../chunk-file.ts'
import { byContent, type Compression, decompress } from '../compression.ts'
import { openForReading } from '../file-range.ts'
import { type ByteReader, detectContainer } from './detect.ts'
import type { Container, ImageNode, OpenedImage } from './model.ts'
import { readCpioNodes, readTarNodes } from './read-archive.ts'
import { readExt2 } from './read-ext2.ts'
import { readFat } from './read-fat.ts'
import { Volume } from './volume.ts'
import { openUp, walkNodes } from './walk.ts'

/**
 * @param path of an image, an archive or a directory
 * @param tmp where the copies of its files go
 * @throws {FactoryError} ARCHIVE_MISSING; ARCHIVE_UNREADABLE when it is damaged; ARCHIVE_UNSAFE; TOOL_MISSING;
 *   FILE_ACCESS. A file of no kind that is known here is opened as `unknown`, with nothing in it.
 */
export async function openImage(path: AbsolutePath, tmp: AbsolutePath): Promise<OpenedImage> {
  if (statOf(path).isDirectory()) {
    return {
      path,
      container: { kind: 'directory', compression: 'none' },
      nodes: walkNodes(path),
      [Symbol.dispose]() {},
    }
  }
  const work = temporaryDirectory(tmp, 'dkms-image-')
  try {
    const { plain, container } = await uncompressed(path, work.path)
    const nodes = await readNodes(plain, container, work.path)
    return { path, container, nodes, [Symbol.dispose]: () => work[Symbol.dispose]() }
  } catch (error) {
    work[Symbol.dispose]()
    throw error
  }
}

function statOf(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    throw new FactoryError('ARCHIVE_MISSING', `the image ${path} does not exist or cannot be read`, {
      hint: 'check the path',
      cause: error,
    })
  }
}

interface Plain {
  readonly plain: AbsolutePath
  readonly container: Container
}

/** An outer compressor is taken off, once. */
async function uncompressed(path: AbsolutePath, work: AbsolutePath): Promise<Plain> {
  const compression = withFile(path, (file) => byContent(file.read(0, Math.min(16, file.size))))
  if (compression === 'none') return { plain: path, container: containerOf(path, compression) }
  const plain = below(work, 'plain')
  using file = openForReading(path, 'read the image')
  await writeChunks(limited(decompress(compression, readChunks(file.descriptor, path), path), path), plain)
  return { plain, container: containerOf(plain, compression) }
}

/** Far above any driver disk: what it stops is a file made to fill the disk. */
const mostPlainBytes = 16 * 2 ** 30

/** @throws {FactoryError} ARCHIVE_UNSAFE beyond what any driver disk has */
export async function* limited(chunks: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const chunk of chunks) {
    total += chunk.length
    if (total > mostPlainBytes) throw tooLarge(path)
    yield chunk
  }
}

function tooLarge(path: string): FactoryError {
  return new FactoryError('ARCHIVE_UNSAFE', `${path} unpacks to more than ${mostPlainBytes} bytes`, {
    hint: 'no driver disk is like that',
  })
}

function containerOf(path: AbsolutePath, compression: Compression): Container {
  return { ...withFile(path, (file) => detectContainer(file)), compression }
}

function withFile<Result>(path: string, use: (file: ByteReader) => Result): Result {
  using file = openForReading(path, 'read the image')
  const { size } = statOf(path)
  function read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let done = 0; done < length; ) {
      const count = readSync(file.descriptor, bytes, done, length - done, offset + done)
      if (count === 0) break
      done += count
    }
    return bytes
  }
  return use({ size, read })
}

type Nodes = ReadonlyMap<string, ImageNode>

async function readNodes(plain: AbsolutePath, container: Container, work: AbsolutePath): Promise<Nodes> {
  const inside = below(work, 'inside')
  mkdirSync(inside)
  switch (container.kind) {
    case 'tar':
      return await readTarNodes(plain, inside)
    case 'cpio':
      // The two old forms are told by name; nothing that makes driver disks writes them.
      if (container.variant === 'odc' || container.variant === 'binary') return new Map()
      return await readCpioNodes(plain, inside)
    case 'iso':
      await refuseLarge(['bsdtar', '-tvf', plain], /^\S+ +\d+ \S+ +\S+ +(\d+) /, plain)
      return await extracted(['bsdtar', ...carefully, '-x', '-f', plain, '-C', inside], plain, inside)
    case 'squashfs':
      await refuseLarge(['unsquashfs', '-lls', plain], /^-\S+ \S+ +(\d+) /, plain)
      return await extracted(
        ['unsquashfs', '-no-progress', '-no-xattrs', '-force', '-dest', inside, plain],
        plain,
        inside,
      )
    case 'fat':
      return readVolume(plain, container, inside, readFat)
    case 'ext2':
      return readVolume(plain, container, inside, readExt2)
    case 'rpm':
    case 'deb':
    case 'directory':
    case 'unknown':
      return new Map()
  }
}

/** bsdtar keeps within its directory by itself; owners, modes and attributes of the image are nothing for this host. */
const carefully = ['--no-same-owner', '--no-same-permissions', '--no-acls', '--no-xattrs', '--no-fflags']

/** A program that complains about a damaged image may have got something out all the same, and that is what there is. */
async function extracted(argv: readonly [string, ...string[]], path: string, inside: AbsolutePath): Promise<Nodes> {
  await readWith(argv, path)
  openUp(inside)
  return walkNodes(inside)
}

/**
 * A few blocks of squashfs, or of the compressed files of an ISO (zisofs), may be files of any size: they are looked at
 * before anything is unpacked.
 *
 * @param size its first group is the number of bytes, in what `list` says of a file
 */
async function refuseLarge(list: readonly [string, ...string[]], size: RegExp, path: AbsolutePath): Promise<void> {
  const stdout = await readWith(list, path)
  const sizes = stdout.split('\n').map((line) => Number(size.exec(line)?.[1] ?? 0))
  if (sizes.reduce((total, bytes) => total + bytes, 0) > mostPlainBytes) throw tooLarge(path)
}

/** @returns what the program says */
async function readWith(argv: readonly [string, ...string[]], path: string): Promise<string> {
  try {
    return (await run(argv, { purpose: 'read the image', expected: [1, 2] })).stdout
  } catch (error) {
    if (!isFactoryError(error, 'COMMAND_FAILED')) throw error
    throw new FactoryError('ARCHIVE_UNREADABLE', `the image ${path} is so damaged that ${error.message}`, {
      hint: 'copy or make it again',
      details: error.details,
      cause: error,
    })
  }
}

function readVolume(
  path: AbsolutePath,
  { missingBytes }: Container,
  inside: AbsolutePath,
  read: (volume: Volume) => void,
): Nodes {
  return withFile(path, (file) => {
    const volume = new Volume(file, path, inside)
    try {
      read(volume)
    } catch (error) {
      // Of an image that was cut off, what is still there; the container says that it was.
      if (missingBytes === undefined || !isFactoryError(error, 'ARCHIVE_UNREADABLE')) throw error
    }
    volume.nodes.delete('lost+found')
    return volume.nodes
  })
}
