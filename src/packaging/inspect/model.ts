/**
 * What `inspect` tells of a file: the documents of --json, one shape for each kind (docs/inspect.md). Values only; what
 * is not known is absent.
 */
import type { LoadedKind } from '../../importer/model.ts'
import type { ChangelogEntry } from '../package-model.ts'

export type Inspection = RpmInspection | DebInspection | DscInspection | ChangesInspection | ArchiveInspection

interface Inspected {
  /** Absolute path. */
  readonly file: string
  readonly bytes: number
  /** What tells of damage, and whether it found any. */
  readonly integrity: Integrity
  readonly signatures: readonly SignatureFact[]
  /** Why the file should not be used; empty: nothing was found. */
  readonly problems: readonly Problem[]
}

export interface Problem {
  /** Of the file's bytes, of who vouches for them, or of a DKMS package inside of it. */
  readonly kind: 'damage' | 'signature' | 'content'
  /** One clause. */
  readonly message: string
}

export interface Integrity {
  /** `unprotected`: the file carries nothing to compare itself with. */
  readonly state: 'intact' | 'damaged' | 'incomplete' | 'unprotected'
  readonly checks: readonly IntegrityCheck[]
}

export interface IntegrityCheck {
  /** A digest by its name in `rpm -Kv`, or a file by its path. */
  readonly name: string
  readonly state: string
}

export interface SignatureFact {
  /** What holds it: a tag of the header, a member of the package, the text itself. */
  readonly where: string
  /** `unchecked`: no keys were given. `unsupported`: of a form that cannot be checked, such as version 3. */
  readonly state: 'good' | 'bad' | 'unknown key' | 'unchecked' | 'unsupported'
  /** 16 hexadecimal digits. */
  readonly keyId?: string
}

/** A module, wherever it lies in the file. */
export interface InspectedModule {
  /** As a package installs it, or as an archive has it. */
  readonly path: string
  /** Of the archive inside of the package that holds it. */
  readonly archive?: string
  /** As stored. */
  readonly bytes: number
  readonly name?: string
  readonly version?: string
  readonly srcversion?: string
  readonly vermagic?: string
  /** The release it was built for: the first word of vermagic. */
  readonly kernel?: string
  readonly description?: string
  readonly license?: readonly string[]
  readonly depends?: readonly string[]
  /** Who signed it, as it claims: nothing here is verified. Absent: nobody. */
  readonly signature?: { readonly signer?: string; readonly key?: string; readonly hash?: string }
  /** Why it could not be read; then nothing above is known. */
  readonly problem?: string
}

/** A DKMS package inside of the file: an archive, or a source directory that is installed. */
export interface InspectedDkmsPackage {
  readonly path: string
  readonly kind: LoadedKind | 'source-directory' | 'unknown'
  /** PACKAGE_NAME and PACKAGE_VERSION. */
  readonly name?: string
  readonly version?: string
  /** Those it is built for. */
  readonly kernels: readonly { readonly release: string; readonly arch: string }[]
  /** BUILT_MODULE_NAME of each. */
  readonly moduleNames: readonly string[]
  /** Why it cannot be loaded. */
  readonly problem?: string
  /** Why it was not looked into, which says nothing against it. */
  readonly unread?: string
}

export interface InspectedFile {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other'
  /** Permission bits in octal. */
  readonly mode: string
  readonly bytes: number
  readonly user: string
  readonly group: string
  readonly target?: string
  /** `config`, `ghost`, `doc`, ... */
  readonly marks?: readonly string[]
}

interface Contents {
  readonly files: readonly InspectedFile[]
  readonly modules: readonly InspectedModule[]
  readonly dkms: readonly InspectedDkmsPackage[]
}

export interface InspectedScript {
  readonly name: string
  readonly interpreter: readonly string[]
  readonly body: string
}

/** Relations by kind, each as its package format writes it. */
export type InspectedRelations = Readonly<Record<string, readonly string[]>>

/** Fields in their order. */
export type InspectedFields = Readonly<Record<string, string | number | readonly string[]>>

export interface RpmInspection extends Inspected, Contents {
  readonly kind: 'rpm' | 'srpm'
  readonly name: string
  readonly epoch?: number
  readonly version: string
  readonly release: string
  readonly arch: string
  /** The further fields of the header, by rpm's names in lower case. */
  readonly header: InspectedFields
  readonly relations: InspectedRelations
  readonly scripts: readonly InspectedScript[]
  readonly changelog: readonly ChangelogEntry[]
}

export interface DebInspection extends Inspected, Contents {
  readonly kind: 'deb'
  readonly name: string
  readonly version: string
  readonly arch: string
  /** Every field of the control file as it stands. */
  readonly header: InspectedFields
  readonly relations: InspectedRelations
  readonly scripts: readonly InspectedScript[]
  readonly conffiles: readonly string[]
  readonly triggers: readonly string[]
}

/** A file that a .dsc or .changes names. */
export interface ListedFact {
  readonly name: string
  readonly bytes: number
  readonly state: 'ok' | 'missing' | 'wrong size' | 'wrong checksum'
}

interface ListingInspection extends Inspected {
  readonly source: string
  readonly version: string
  readonly architectures: readonly string[]
  readonly header: InspectedFields
  readonly files: readonly ListedFact[]
}

export interface DscInspection extends ListingInspection {
  readonly kind: 'dsc'
  readonly format: string
  readonly binaries: readonly string[]
}

export interface ChangesInspection extends ListingInspection {
  readonly kind: 'changes'
  readonly distributions: readonly string[]
}

export interface ArchiveInspection extends Inspected {
  readonly kind: 'dkms-tarball' | 'source-archive'
  readonly compression: string
  /** Bytes of all files, unpacked. */
  readonly unpackedBytes: number
  readonly name: string
  readonly version: string
  /** What a DKMS tarball carries. */
  readonly content: LoadedKind
  readonly kernels: readonly { readonly release: string; readonly arch: string }[]
  readonly moduleNames: readonly string[]
  /** Files of the source, relative to its dkms.conf. */
  readonly files: readonly { readonly path: string; readonly kind: string }[]
  readonly modules: readonly InspectedModule[]
  /** Warnings about dkms.conf. */
  readonly warnings: readonly string[]
}
