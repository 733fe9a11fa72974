/** The contents of a package's files, in the order of the payload, matched with the header's list and checked by it. */
import { createHash, getHashes } from 'node:crypto'
import { byContent, type Compression, decompress } from '../../../archive/compression.ts'
import { type CpioHeader, readCpio } from '../../../archive/cpio-read.ts'
import { readExactly, readRange } from '../../../archive/file-range.ts'
import type { FactoryError } from '../../../errors.ts'
import { listFiles, type RpmFileInfo } from './file-list.ts'
import { damaged, type RpmFile } from './read.ts'
import { tags } from './tags.ts'

export interface RpmMember {
  readonly file: RpmFileInfo
  /** Other names of the same file: hard links. */
  readonly links: readonly RpmFileInfo[]
  /**
   * Of a file; empty for everything else. Read to its end, it is checked against the digest in the header, and throws
   * PACKAGE_INVALID when it differs.
   */
  readonly content: AsyncIterable<Uint8Array>
}

/**
 * Streams the payload. Ghosts are not in it.
 *
 * @throws {FactoryError} PACKAGE_INVALID or ARCHIVE_UNREADABLE when the payload is damaged or not what the header lists;
 *   TOOL_MISSING for xz or bzip2; errors of `onMember`
 */
export async function readPayload(rpm: RpmFile, onMember: (member: RpmMember) => Promise<void> | void): Promise<void> {
  const roll = new Roll(rpm, listFiles(rpm))
  await readCpio(payloadArchive(rpm), {
    file: rpm.path,
    strippedSize: (index) => roll.strippedSize(index),
    onMember: async (header, content) => {
      const call = roll.answer(header)
      if (call !== undefined) await onMember({ ...call, content: checked(rpm, call.file, content) })
    },
  })
  roll.finish()
}

/** The archive of the payload, decompressed. */
export function payloadArchive(rpm: RpmFile): AsyncIterable<Uint8Array> {
  return decompress(payloadCompression(rpm), readRange(rpm, rpm.payloadRange), rpm.path)
}

const longestMagic = 6

/** Told by the payload itself: the header's word for it is optional, and the digests vouch for both. */
export function payloadCompression(rpm: RpmFile): Compression {
  // The xz program reads the older lzma format, too, and that format has no magic number.
  if (rpm.header.text(tags.PAYLOADCOMPRESSOR[0]) === 'lzma') return 'xz'
  const bytes = Math.min(longestMagic, rpm.payloadRange.bytes)
  return byContent(readExactly(rpm, { offset: rpm.payloadRange.offset, bytes }))
}

async function* checked(
  rpm: RpmFile,
  file: RpmFileInfo,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { digest } = file
  if (file.kind !== 'file') return
  if (digest === undefined || !getHashes().includes(digest.algorithm)) return yield* content
  const hash = createHash(digest.algorithm)
  for await (const chunk of content) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.digest('hex') !== digest.hex.toLowerCase()) {
    throw damaged(rpm.path, `the content of ${file.path} is not what its digest says`)
  }
}

/** Who of the header's list has appeared in the payload. */
class Roll {
  readonly #rpm: RpmFile
  readonly #files: readonly RpmFileInfo[]
  readonly #byPath: ReadonlyMap<string, RpmFileInfo>
  readonly #linked: ReadonlyMap<string, readonly RpmFileInfo[]>
  readonly #present = new Set<number>()
  /** Inodes of hard links that appeared without their content. */
  readonly #awaited = new Set<string>()

  constructor(rpm: RpmFile, files: readonly RpmFileInfo[]) {
    this.#rpm = rpm
    this.#files = files
    this.#byPath = new Map(files.map((file) => [file.path, file]))
    const regular = files.filter(({ kind, marks }) => kind === 'file' && !marks.includes('ghost'))
    this.#linked = Map.groupBy(regular, ({ inode }) => inode)
  }

  /** Content comes with the last of the names of a file, by rpm's own rule for stripped archives. */
  strippedSize(index: number): number {
    const file = this.#files[index]
    if (file === undefined) throw this.#wrong(`it holds file ${index} of ${this.#files.length}`)
    if (file.kind === 'directory' || file.kind === 'other') return 0
    const names = this.#linked.get(file.inode) ?? [file]
    return file.kind === 'symlink' || names.at(-1) === file ? file.size : 0
  }

  /** @returns the file whose content follows; undefined for a further name of one that comes later */
  answer(header: CpioHeader): Pick<RpmMember, 'file' | 'links'> | undefined {
    const file = header.form === 'stripped' ? this.#files[header.index] : this.#find(header.name)
    if (file === undefined) throw this.#wrong(`it holds ${nameOf(header)}, which the header does not list`)
    if (this.#present.has(file.index)) throw this.#wrong(`it holds ${file.path} twice`)
    this.#present.add(file.index)
    const names = file.kind === 'file' ? (this.#linked.get(file.inode) ?? [file]) : [file]
    const size = header.form === 'stripped' ? this.strippedSize(header.index) : header.size
    if (names.length > 1 && size === 0 && file.size > 0) {
      this.#awaited.add(file.inode)
      return undefined
    }
    this.#awaited.delete(file.inode)
    if (size !== file.size && (file.kind === 'file' || file.kind === 'symlink')) {
      throw this.#wrong(`${file.path} has ${size} bytes in it, and ${file.size} by the header`)
    }
    return { file, links: names.filter((one) => one !== file) }
  }

  #find(name: string): RpmFileInfo | undefined {
    return this.#byPath.get(this.#rpm.kind === 'source' ? name : name.replace(/^\.?\/?/, '/'))
  }

  finish(): void {
    const missing = this.#files.find(({ index, marks }) => !this.#present.has(index) && !marks.includes('ghost'))
    if (missing !== undefined) throw this.#wrong(`${missing.path} is not in it`)
    const [inode] = this.#awaited
    const link = this.#linked.get(inode ?? '')?.[0]
    if (link !== undefined) throw this.#wrong(`the content of ${link.path} is not in it`)
  }

  #wrong(what: string): FactoryError {
    return damaged(this.#rpm.path, `its payload is wrong: ${what}`)
  }
}

function nameOf(header: CpioHeader): string {
  return header.form === 'newc' ? JSON.stringify(header.name) : `file ${header.index}`
}
