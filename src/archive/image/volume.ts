/**
 * What the readers of file systems share: checked access to the bytes of an image, and a place for what they find. The
 * programs that could unpack such images (debugfs, mcopy) trust the names in them; users run us as root, so we do not.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError } from '../../system/fs.ts'
import type { ByteReader } from './detect.ts'
import type { ImageNode } from './model.ts'

/** More than any driver disk has. */
const mostNodes = 200_000
const deepest = 64

export class Volume {
  readonly nodes = new Map<string, ImageNode>()
  readonly #file: ByteReader
  readonly #name: string
  readonly #directory: AbsolutePath
  #fileBytes = 0

  /**
   * @param name for messages
   * @param directory where copies of files go, under numbers
   */
  constructor(file: ByteReader, name: string, directory: AbsolutePath) {
    this.#file = file
    this.#name = name
    this.#directory = directory
  }

  get size(): number {
    return this.#file.size
  }

  /** @throws {FactoryError} ARCHIVE_UNREADABLE when the range is not within the image */
  read(offset: number, length: number): Buffer {
    if (offset < 0 || offset + length > this.#file.size) throw this.damaged('something lies beyond its end')
    return this.#file.read(offset, length)
  }

  /**
   * The path of a name in a directory.
   *
   * @param parent empty for the root
   * @throws {FactoryError} ARCHIVE_UNSAFE for a name that could lead elsewhere
   */
  pathOf(parent: string, name: string): string {
    if (name === '' || name === '.' || name === '..' || /[/\p{Cc}]/u.test(name)) {
      throw this.#unsafe(`has a file called ${JSON.stringify(name)}`)
    }
    const path = parent === '' ? name : `${parent}/${name}`
    if (path.split('/').length > deepest) throw this.#unsafe(`has more than ${deepest} directories in each other`)
    return path
  }

  addDirectory(path: string): void {
    this.#add(path, { kind: 'directory' })
  }

  addLink(path: string, target: string): void {
    this.#add(path, { kind: 'symlink', target })
  }

  /** @param bytes not more than the image has: driver disks hold no sparse files */
  addFile(path: string, bytes: number, executable: boolean, content: Iterable<Uint8Array>): void {
    this.#fileBytes += bytes
    if (this.#fileBytes > this.size) throw this.damaged('its files claim more bytes than it has')
    const copy = below(this.#directory, String(this.nodes.size))
    this.#add(path, { kind: 'file', bytes, executable, copy })
    writeContent(copy, content)
  }

  #add(path: string, node: ImageNode): void {
    if (this.nodes.has(path)) throw this.damaged(`${path} comes twice`)
    if (this.nodes.size === mostNodes) throw this.#unsafe(`has more than ${mostNodes} files`)
    this.nodes.set(path, node)
  }

  damaged(why: string): FactoryError {
    return new FactoryError('ARCHIVE_UNREADABLE', `the file system in ${this.#name} is damaged: ${why}`, {
      hint: 'copy or make the image again',
    })
  }

  #unsafe(what: string): FactoryError {
    return new FactoryError('ARCHIVE_UNSAFE', `the file system in ${this.#name} ${what}`, {
      hint: 'no driver disk is like that; do not use it unless you know who made it and why it is so',
    })
  }
}

function writeContent(path: string, content: Iterable<Uint8Array>): void {
  try {
    const descriptor = openSync(path, 'wx', 0o644)
    try {
      for (const chunk of content) writeSync(descriptor, chunk)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw fileError(error, 'unpack', path)
  }
}
