/** Reads FAT12, FAT16 and FAT32 with long names (Microsoft's FAT specification). */
import type { Volume } from './volume.ts'

interface Layout {
  readonly bits: 12 | 16 | 32
  readonly sectorBytes: number
  readonly clusterBytes: number
  readonly tableAt: number
  readonly tableBytes: number
  readonly rootAt: number
  readonly rootBytes: number
  readonly dataAt: number
  readonly clusters: number
  readonly rootCluster: number
}

/** @throws {FactoryError} ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE */
export function readFat(volume: Volume): void {
  const layout = layoutOf(volume)
  const table = volume.read(layout.tableAt, layout.tableBytes)
  const reader = new FatReader(volume, layout, table)
  const root = layout.bits === 32 ? reader.directory(layout.rootCluster) : volume.read(layout.rootAt, layout.rootBytes)
  reader.walk(root, '')
}

function layoutOf(volume: Volume): Layout {
  const boot = volume.read(0, 512)
  const sectorBytes = boot.readUInt16LE(11)
  const clusterSectors = boot.readUInt8(13)
  const tableSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36)
  const rootBytes = boot.readUInt16LE(17) * 32
  if (sectorBytes === 0 || clusterSectors === 0) throw volume.damaged('its first sector makes no sense')
  const tableAt = boot.readUInt16LE(14) * sectorBytes
  const rootAt = tableAt + boot.readUInt8(16) * tableSectors * sectorBytes
  const dataAt = rootAt + Math.ceil(rootBytes / sectorBytes) * sectorBytes
  const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32)
  const clusterBytes = clusterSectors * sectorBytes
  const clusters = Math.floor((sectors * sectorBytes - dataAt) / clusterBytes)
  const bits = boot.readUInt16LE(22) === 0 ? 32 : clusters < 4085 ? 12 : 16
  const rootCluster = bits === 32 ? boot.readUInt32LE(44) : 0
  const tableBytes = tableSectors * sectorBytes
  return { bits, sectorBytes, clusterBytes, tableAt, tableBytes, rootAt, rootBytes, dataAt, clusters, rootCluster }
}

const attribute = { volumeLabel: 0x08, directory: 0x10, longName: 0x0f } as const
const entryBytes = 32

class FatReader {
  readonly #volume: Volume
  readonly #layout: Layout
  readonly #table: Buffer
  readonly #entered = new Set<number>()

  constructor(volume: Volume, layout: Layout, table: Buffer) {
    this.#volume = volume
    this.#layout = layout
    this.#table = table
  }

  walk(directory: Buffer, parent: string): void {
    let longName = ''
    for (let at = 0; at + entryBytes <= directory.length; at += entryBytes) {
      const entry = directory.subarray(at, at + entryBytes)
      if (entry[0] === 0) return
      const kind = entry.readUInt8(11)
      if (entry[0] !== 0xe5 && (kind & 0x3f) === attribute.longName) {
        // The last part of a name comes first, and is marked.
        longName = longNamePart(entry) + ((entry.readUInt8(0) & 0x40) === 0 ? longName : '')
        continue
      }
      const name = longName.replace(/\0.*$/s, '') || shortName(entry)
      longName = ''
      if (entry[0] === 0xe5 || (kind & attribute.volumeLabel) !== 0 || entry[0] === 0x2e) continue
      this.#add(entry, this.#volume.pathOf(parent, name))
    }
  }

  #add(entry: Buffer, path: string): void {
    const cluster = entry.readUInt16LE(20) * 65_536 * Number(this.#layout.bits === 32) + entry.readUInt16LE(26)
    if ((entry.readUInt8(11) & attribute.directory) === 0) {
      const bytes = entry.readUInt32LE(28)
      this.#volume.addFile(path, bytes, true, this.#content(cluster, bytes))
      return
    }
    this.#volume.addDirectory(path)
    this.walk(this.directory(cluster), path)
  }

  directory(cluster: number): Buffer {
    if (this.#entered.has(cluster)) throw this.#volume.damaged('a directory lies in two places')
    this.#entered.add(cluster)
    return Buffer.concat([...this.#chain(cluster)].map((one) => this.#cluster(one)))
  }

  *#content(first: number, bytes: number): Generator<Uint8Array> {
    let left = bytes
    for (const cluster of left === 0 ? [] : this.#chain(first)) {
      const part = this.#cluster(cluster).subarray(0, left)
      left -= part.length
      yield part
      if (left === 0) return
    }
    if (left > 0) throw this.#volume.damaged('a file ends early')
  }

  *#chain(first: number): Generator<number> {
    let cluster = first
    for (let count = 0; cluster >= 2 && cluster < this.#layout.clusters + 2; count += 1) {
      if (count > this.#layout.clusters) throw this.#volume.damaged('a file has no end')
      yield cluster
      cluster = this.#next(cluster)
    }
  }

  #next(cluster: number): number {
    const { bits } = this.#layout
    const at = Math.floor((cluster * bits) / 8)
    if (at + 4 > this.#table.length && at + bits / 8 > this.#table.length) return 0
    if (bits === 32) return this.#table.readUInt32LE(at) & 0x0fff_ffff
    const pair = this.#table.readUInt16LE(at)
    if (bits === 16) return pair
    return cluster % 2 === 0 ? pair & 0xfff : pair >> 4
  }

  #cluster(cluster: number): Buffer {
    const { dataAt, clusterBytes } = this.#layout
    return this.#volume.read(dataAt + (cluster - 2) * clusterBytes, clusterBytes)
  }
}

/** Thirteen UTF-16 characters in three places; a NUL ends the name. */
function longNamePart(entry: Buffer): string {
  return Buffer.concat([entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)])
    .toString('utf16le')
    .replaceAll('\uffff', '')
}

/** Windows NT keeps in byte 12 whether name and suffix are lower case, and so do Linux and mtools. */
function shortName(entry: Buffer): string {
  const flags = entry.readUInt8(12)
  const part = (begin: number, end: number, isLower: boolean) => {
    const text = entry.toString('latin1', begin, end).trimEnd()
    return isLower ? text.toLowerCase() : text
  }
  const name = part(0, 8, (flags & 0x08) !== 0)
  const suffix = part(8, 11, (flags & 0x10) !== 0)
  return suffix === '' ? name : `${name}.${suffix}`
}
