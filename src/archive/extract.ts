/** Puts members on disk, below directories that are new and ours alone, so that nothing there can be in the way. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  futimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { AbsolutePath } from '../domain.ts'
import { fileError } from '../system/fs.ts'
import { writeAll } from './chunk-file.ts'
import type { TarMember } from './member-policy.ts'
import { type MemberSink, readTar, type TarReadOptions, type TarSummary } from './tar-read.ts'

/** Where a member goes, or undefined when it is not wanted. The directories so named must be new. */
export type Placement = (member: TarMember) => string | undefined

/**
 * Writes admitted members. Owners are those of the running process, modes 0755 or 0644 whatever the umask (so no setuid
 * bits), and times those of the archive, for files.
 */
export class MemberWriter implements Disposable {
  readonly #placement: Placement
  readonly #places = new Map<string, string>()
  readonly #directories: Set<string>
  #open: OpenFile | undefined

  /** @param roots existing, empty directories that every place lies in */
  constructor(roots: readonly string[], placement: Placement) {
    this.#placement = placement
    this.#directories = new Set(roots)
  }

  /** A root that is made only when the first member that belongs there comes. */
  addRoot(directory: string): void {
    this.#directories.add(directory)
  }

  /** @throws {FactoryError} FILE_ACCESS, DISK_FULL */
  write(member: TarMember): MemberSink | undefined {
    const place = this.#placement(member)
    if (place === undefined) return undefined
    try {
      return this.#create(member, place)
    } catch (error) {
      throw fileError(error, 'unpack', place)
    }
  }

  [Symbol.dispose](): void {
    this.#open?.close()
  }

  #create(member: TarMember, place: string): MemberSink | undefined {
    if (member.kind === 'directory') {
      this.#directory(place)
      return undefined
    }
    this.#directory(dirname(place))
    this.#places.set(member.path, place)
    if (member.kind === 'symlink') symlinkSync(member.target ?? '', place)
    if (member.kind === 'hardlink') this.#copy(member, place)
    if (member.kind !== 'file') return undefined
    this.#open = new OpenFile(member, place)
    return this.#open
  }

  /** One level at a time: each must be new, and the creation mode would go through the umask. */
  #directory(path: string): void {
    if (this.#directories.has(path)) return
    this.#directory(dirname(path))
    mkdirSync(path)
    chmodSync(path, 0o755)
    this.#directories.add(path)
  }

  /** A copy, so that changing one name later never changes the other. */
  #copy(member: TarMember, place: string): void {
    const original = this.#places.get(member.target ?? '')
    // Its target was not wanted, so there is nothing to link to.
    if (original === undefined) return
    copyFileSync(original, place, constants.COPYFILE_EXCL)
    chmodSync(place, modeOf(member))
    if (member.mtime !== undefined) utimesSync(place, member.mtime, member.mtime)
  }
}

function modeOf(member: TarMember): number {
  return member.executable ? 0o755 : 0o644
}

class OpenFile implements MemberSink {
  readonly #member: TarMember
  readonly #place: string
  #descriptor: number | undefined

  constructor(member: TarMember, place: string) {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
    this.#member = member
    this.#place = place
    this.#descriptor = openSync(place, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, modeOf(member))
  }

  write(chunk: Uint8Array): void {
    if (this.#descriptor === undefined) throw new Error(`${this.#place} is closed already`)
    try {
      writeAll(this.#descriptor, chunk)
    } catch (error) {
      throw fileError(error, 'unpack', this.#place)
    }
  }

  end(): void {
    if (this.#descriptor === undefined) return
    fchmodSync(this.#descriptor, modeOf(this.#member))
    const { mtime } = this.#member
    if (mtime !== undefined) futimesSync(this.#descriptor, mtime, mtime)
    this.close()
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/**
 * Unpacks the whole archive into a new directory.
 *
 * @param directory made here; it must not exist
 * @throws {FactoryError} as {@link readTar}; whatever was written stays for the caller to remove
 */
export async function extractTar(
  path: string,
  directory: AbsolutePath,
  options: TarReadOptions = {},
): Promise<TarSummary> {
  try {
    mkdirSync(directory)
  } catch (error) {
    throw fileError(error, 'create', directory)
  }
  using writer = new MemberWriter([directory], ({ path }) => (path === '' ? directory : `${directory}/${path}`))
  return await readTar(path, (member) => writer.write(member), options)
}
