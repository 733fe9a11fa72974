/** The three members of a Debian package, and those for signatures, in an ar archive (deb(5) manual page). */
import { arMagic, arPadding, encodeArHeader, largestArMember } from '../../../archive/ar.ts'
import type { Compression } from '../../../archive/compression.ts'
import { type OpenFile, type Range, readRange, writeAt } from '../../../archive/file-range.ts'
import { FactoryError } from '../../../errors.ts'

/** What both archives of a package can be compressed with; zstd is read since dpkg 1.21.18, and on Ubuntu. */
export type DebCompression = Exclude<Compression, 'bzip2'>

export const memberSuffix: Readonly<Record<DebCompression, string>> = { none: '', gzip: '.gz', xz: '.xz', zstd: '.zst' }

export const versionMember = 'debian-binary'
export const versionText = '2.0\n'

/** Appends members to a file, from its begin on. */
export class PackageWriter {
  readonly #file: OpenFile
  readonly #mtime: number
  #at = 0

  constructor(file: OpenFile, mtime: number) {
    this.#file = file
    this.#mtime = mtime
    this.#write(Buffer.from(arMagic))
  }

  get bytes(): number {
    return this.#at
  }

  /**
   * @returns where the content is
   * @throws {FactoryError} PACKAGE_REFUSED when the member is too large for an ar archive; FILE_ACCESS, DISK_FULL
   */
  async add(
    name: string,
    bytes: number,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    mtime: number = this.#mtime,
  ): Promise<Range> {
    if (bytes > largestArMember) {
      throw new FactoryError('PACKAGE_REFUSED', `${name} would have ${bytes} bytes, more than a .deb file can hold`, {
        hint: 'compress it better, or divide the package',
      })
    }
    this.#write(encodeArHeader({ name, mtime, bytes }))
    const offset = this.#at
    for await (const chunk of chunks) this.#write(chunk)
    if (this.#at !== offset + bytes) throw new Error(`${name} has another size than it was said to have`)
    this.#write(arPadding(bytes))
    return { offset, bytes }
  }

  #write(bytes: Uint8Array): void {
    writeAt(this.#file, bytes, this.#at)
    this.#at += bytes.length
  }
}

/** What signatures cover: the contents of the three members, one after the other. */
export async function* concatenated(file: OpenFile, ranges: readonly Range[]): AsyncGenerator<Uint8Array> {
  for (const range of ranges) yield* readRange(file, range)
}
