/** ELF files on disk, read by range. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { fileError } from '../system/fs.ts'
import { type ByteSource, type ElfFile, invalid, readElf } from './elf.ts'

/** @throws {FactoryError} FILE_ACCESS, ELF_INVALID */
export function openElfFile(path: string): ElfFile & Disposable {
  const file = openByteSource(path)
  try {
    return { ...readElf(file), [Symbol.dispose]: () => file[Symbol.dispose]() }
  } catch (error) {
    file[Symbol.dispose]()
    throw error
  }
}

/** @throws {FactoryError} FILE_ACCESS; ELF_INVALID when it is a directory, a pipe or a device */
export function openByteSource(path: string): ByteSource & Disposable {
  const descriptor = openWithoutWaiting(path)
  const stats = fstatSync(descriptor)
  const source = {
    name: path,
    size: stats.size,
    read: (offset: number, length: number) => readExactly(path, descriptor, offset, length),
  }
  if (stats.isFile()) return { ...source, [Symbol.dispose]: () => closeSync(descriptor) }
  closeSync(descriptor)
  throw invalid(source, 'it is not a regular file')
}

/** A pipe in a module's place would otherwise hold us until somebody writes to it. */
function openWithoutWaiting(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw fileError(error, 'read the module', path)
  }
}

function readExactly(path: string, descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const count = readFrom(path, descriptor, bytes, done, offset + done)
    // The file was truncated after its size was taken.
    if (count === 0) throw invalid({ name: path, size: 0, read: () => bytes }, 'it became shorter while it was read')
    done += count
  }
  return bytes
}

function readFrom(path: string, descriptor: number, bytes: Buffer, at: number, position: number): number {
  try {
    return readSync(descriptor, bytes, at, bytes.length - at, position)
  } catch (error) {
    throw fileError(error, 'read the module', path)
  }
}
