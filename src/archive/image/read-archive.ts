/** tar and cpio archives as images. Files get numbers for names on disk, so that no member decides where it goes. */
import { closeSync, openSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError } from '../../system/fs.ts'
import { readChunks, writeAll } from '../chunk-file.ts'
import { readCpio } from '../cpio-read.ts'
import type { TarMember } from '../member-policy.ts'
import { type MemberSink, readTar } from '../tar-read.ts'
import type { ImageNode } from './model.ts'

type Nodes = Map<string, ImageNode>

/** @throws {FactoryError} ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE; FILE_ACCESS */
export async function readTarNodes(path: AbsolutePath, directory: AbsolutePath): Promise<Nodes> {
  const nodes: Nodes = new Map()
  await readTar(path, (member) => tarNode(nodes, member, directory), { links: 'anywhere' })
  return nodes
}

function tarNode(nodes: Nodes, member: TarMember, directory: AbsolutePath): MemberSink | undefined {
  const { kind, path, target = '', executable, bytes } = member
  if (path === '') return undefined
  if (kind === 'directory') nodes.set(path, { kind })
  else if (kind === 'symlink') nodes.set(path, { kind, target })
  else if (kind === 'hardlink') {
    const named = nodes.get(target)
    if (named !== undefined) nodes.set(path, named)
  } else {
    const copy = below(directory, String(nodes.size))
    nodes.set(path, { kind, bytes, executable, copy })
    return sinkInto(copy)
  }
  return undefined
}

/** For files of which an image may have thousands: neither staged nor synced, as they are gone in a moment. */
export function sinkInto(copy: AbsolutePath): MemberSink {
  const descriptor = openNew(copy)
  return { write: (chunk) => writeAll(descriptor, chunk), end: () => closeSync(descriptor) }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o644)
  } catch (error) {
    throw fileError(error, 'unpack', path)
  }
}

const typeMask = 0o170000

/**
 * newc and crc.
 *
 * @throws {FactoryError} ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE for a name that leads out; FILE_ACCESS
 */
export async function readCpioNodes(
  path: AbsolutePath,
  directory: AbsolutePath,
  chunks?: AsyncIterable<Uint8Array>,
): Promise<Nodes> {
  const nodes: Nodes = new Map()
  const descriptor = openSync(path, 'r')
  try {
    await readCpio(chunks ?? readChunks(descriptor, path), {
      file: path,
      strippedSize: () => 0,
      onMember: async (header, content) => {
        if (header.form !== 'newc') return
        const name = safeName(path, header.name)
        if (name !== '') await cpioNode(nodes, { ...header, name }, content, directory)
      },
    })
  } finally {
    closeSync(descriptor)
  }
  return nodes
}

async function cpioNode(
  nodes: Nodes,
  { name, mode, size }: { readonly name: string; readonly mode: number; readonly size: number },
  content: AsyncIterable<Uint8Array>,
  directory: AbsolutePath,
): Promise<void> {
  const type = mode & typeMask
  if (type === 0o040000) nodes.set(name, { kind: 'directory' })
  else if (type === 0o120000) nodes.set(name, { kind: 'symlink', target: (await gather(content)).toString('utf8') })
  else if (type === 0o100000) {
    const copy = below(directory, String(nodes.size))
    nodes.set(name, { kind: 'file', bytes: size, executable: (mode & 0o100) !== 0, copy })
    const sink = sinkInto(copy)
    for await (const chunk of content) sink.write(chunk)
    sink.end()
  }
}

async function gather(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function safeName(archive: string, name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (!parts.includes('..') && !/\p{Cc}/u.test(name)) return parts.join('/')
  throw new FactoryError('ARCHIVE_UNSAFE', `${archive}: the member ${JSON.stringify(name)} leads out of the archive`, {
    hint: 'do not use this archive unless you know who made it and why it is so',
  })
}
