/**
 * What a driver disk needs to know of the packages on it. Package formats are other rooms: who wires this one up hands
 * in a reader that fills these in.
 */
import type { Compression } from '../../archive/compression.ts'
import type { ImageNode } from '../../archive/image/model.ts'
import type { AbsolutePath } from '../../domain.ts'
import type { ModuleInfo } from '../../kernel/modinfo.ts'
import type { ChangelogEntry, PackageEntry, Relation, Script } from '../package-model.ts'

export type RpmRelationKind =
  | 'provides'
  | 'requires'
  | 'conflicts'
  | 'obsoletes'
  | 'recommends'
  | 'suggests'
  | 'supplements'
  | 'enhances'

export interface RpmFactRelation extends Relation {
  /** `pre` for what must be there before the package: Requires(pre), Requires(post). */
  readonly uses?: readonly string[]
}

/** What an RPM package says, in the words of rpm's tags. */
export interface RpmFacts {
  readonly kind: 'binary' | 'source'
  readonly name: string
  readonly version: string
  readonly release: string
  readonly epoch?: number
  readonly arch: string
  readonly summary?: string
  readonly description?: string
  readonly license?: string
  readonly group?: string
  readonly url?: string
  readonly vendor?: string
  readonly packager?: string
  readonly buildHost?: string
  readonly buildTime?: number
  readonly sourceRpm?: string
  readonly relations: Readonly<Partial<Record<RpmRelationKind, readonly RpmFactRelation[]>>>
  readonly changelog: readonly ChangelogEntry[]
  readonly files: readonly RpmFactFile[]
  /** Modules in the payload, compressed or not, in the order of their paths. */
  readonly modules: readonly PackagedModule[]
  /** Bytes of all files. */
  readonly installedSize?: number
  /** Bytes of the uncompressed payload. */
  readonly archiveSize?: number
  readonly payloadCompression: Compression
  /** Offsets of the main header in the file. */
  readonly headerRange: { readonly start: number; readonly end: number }
  readonly isSigned: boolean
}

export interface RpmFactFile {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  readonly isGhost: boolean
}

export interface PackagedModule {
  /** Absolute. */
  readonly path: string
  /** Undefined when the file is not a readable module. */
  readonly info: ModuleInfo | undefined
}

/** What a Debian package says, and how it is put together where installers care. */
export interface DebFacts {
  readonly name: string
  readonly version: string
  readonly arch: string
  /** `control.tar.gz`, `control.tar.xz`, ... */
  readonly controlMember: string
  /** `data.tar.gz`, `data.tar.zst`, ... */
  readonly dataMember: string
  /** The name the control file has in that member: `./control` or `control`. */
  readonly controlEntry: string
  readonly scripts: Readonly<Partial<Record<'preinst' | 'postinst' | 'prerm' | 'postrm', string>>>
  readonly modules: readonly PackagedModule[]
}

/** The package a disk asks for; whoever writes packages turns it into bytes. */
export interface DiskRpmDescription {
  readonly name: string
  readonly version: string
  readonly release: string
  /** As rpm names it. */
  readonly arch: string
  readonly summary: string
  readonly description: string
  readonly license: string
  readonly provides: readonly Relation[]
  readonly supplements: readonly Relation[]
  readonly entries: readonly PackageEntry[]
  readonly scripts: { readonly post: Script; readonly postun: Script }
  readonly buildTime: number
}

export interface DiskDebDescription {
  readonly name: string
  readonly version: string
  /** As dpkg names it. */
  readonly arch: string
  readonly summary: string
  readonly description: string
  readonly entries: readonly PackageEntry[]
  readonly scripts: { readonly postinst: Script; readonly postrm: Script }
  readonly buildTime: number
}

/**
 * The other rooms, as this one sees them. Packages are to be written with a gzip payload, a deb with a gzip control
 * member as well: that is what the installers can read.
 */
export interface PackageRoom {
  writeRpm(description: DiskRpmDescription, directory: AbsolutePath): Promise<AbsolutePath>
  writeDeb(description: DiskDebDescription, directory: AbsolutePath): Promise<AbsolutePath>
}

export interface PackageReader {
  /** @throws {FactoryError} PACKAGE_INVALID */
  readRpm(path: AbsolutePath): Promise<RpmFacts>
  /**
   * The payload, its files copied into an existing directory under names that say nothing. Paths are relative to the root.
   *
   * @throws {FactoryError} PACKAGE_INVALID; ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE when it is made to fill the disk
   */
  unpackRpm(path: AbsolutePath, directory: AbsolutePath): Promise<ReadonlyMap<string, ImageNode>>
}
