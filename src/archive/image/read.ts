/**
 * Opens disk images without root and without mounting them: file systems through the programs that know them, archives
 * by our own readers. What is inside is copied to a temporary directory, and nothing there is ever followed or run.
 */
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, temporaryDirectory } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { readChunks, writeChunks } from '../chunk-file.ts'
import { byContent, type Compression, decompress } from '../compression.ts'
import { type ByteReader, detectBytes, detectContainer } from './detect.ts'
import type { Container, ImageNode, OpenedImage } from './model.ts'
import { readCpioNodes, readTarNodes } from './read-archive.ts'
import { walkNodes } from './walk.ts'
import { imageEnvironment } from './write-iso.ts'

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
  const descriptor = openFile(path)
  try {
    await writeChunks(decompress(compression, readChunks(descriptor, path), path), plain)
  } finally {
    closeSync(descriptor)
  }
  return { plain, container: containerOf(plain, compression) }
}

function containerOf(path: AbsolutePath, compression: Compression): Container {
  return { ...withFile(path, (file) => detectContainer(file)), compression }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw fileError(error, 'read the image', path)
  }
}

function withFile<Result>(path: string, use: (file: ByteReader) => Result): Result {
  const descriptor = openFile(path)
  try {
    const size = statOf(path).size
    function read(offset: number, length: number): Buffer {
      const bytes = Buffer.alloc(Math.min(length, detectBytes))
      readSync(descriptor, bytes, 0, bytes.length, offset)
      return bytes
    }
    return use({ size, read })
  } finally {
    closeSync(descriptor)
  }
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
      return await extracted(['bsdtar', '-x', '-f', plain, '-C', inside, '--no-same-owner'], inside)
    case 'squashfs':
      return await extracted(['unsquashfs', '-no-progress', '-no-xattrs', '-force', '-dest', inside, plain], inside)
    case 'fat':
      return await extracted(['mcopy', '-s', '-n', '-m', '-i', plain, '::/', `${inside}/`], inside)
    case 'ext2':
      return await extracted(['debugfs', '-R', `rdump / "${inside}"`, plain], inside)
    case 'rpm':
    case 'deb':
    case 'directory':
    case 'unknown':
      return new Map()
  }
}

/** Readers complain about a damaged image and end with a status, or (debugfs) do not; what they got out is what there is. */
async function extracted(argv: readonly [string, ...string[]], inside: AbsolutePath): Promise<Nodes> {
  await run(argv, { env: imageEnvironment(0), purpose: 'read the image', expected: [1, 2] })
  const nodes = new Map(walkNodes(inside))
  nodes.delete('lost+found')
  return nodes
}
