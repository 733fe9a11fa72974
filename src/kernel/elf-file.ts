/** ELF files on disk, read by range. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
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

/** @throws {FactoryError} FILE_ACCESS */
export function openByteSource(path: string): ByteSource & Disposable {
  try {
    const descriptor = openSync(path, 'r')
    const { size } = fstatSync(descriptor)
    return {
      name: path,
      size,
      read: (offset, length) => readExactly(path, descriptor, offset, length),
      [Symbol.dispose]: () => closeSync(descriptor),
    }
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
