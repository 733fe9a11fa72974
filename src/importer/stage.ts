/**
 * Where an archive is unpacked before anything is known about it: beside the places its parts will go to, so that each
 * part gets there with one rename. The names begin as those of other staging places do, and no DKMS looks at them.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { MemberWriter } from '../archive/extract.ts'
import type { TarMember } from '../archive/member-policy.ts'
import { type AbsolutePath, below, type Roots } from '../domain.ts'
import { fileError, isDirectory, makeDirectories, systemErrorCode } from '../system/fs.ts'
import { stagingPrefix } from '../tree/layout.ts'
import { stagedTag } from '../tree/staging.ts'
import { binariesOnly, mainTree } from './shape.ts'

const loadPrefix = `${stagingPrefix}load_`

export interface StagePlaces {
  /** On the file system of the DKMS tree. */
  readonly tree: AbsolutePath
  /** On the file system of the source tree. */
  readonly source: AbsolutePath
}

export function stagePlaces(roots: Roots): StagePlaces {
  const name = `${loadPrefix}${stagedTag()}`
  return { tree: below(roots.dkmsTree, name), source: below(roots.sourceTree, name) }
}

/** For a dry run: everything goes to the place for temporary files. */
export function temporaryPlaces({ tmp }: Roots): StagePlaces {
  const name = `${loadPrefix}${stagedTag()}`
  return { tree: below(tmp, `${name}.tree`), source: below(tmp, `${name}.source`) }
}

/** Both places are made when the first member comes that belongs there, and removed with all that is left in them. */
export class Stage implements Disposable {
  readonly writer: MemberWriter
  readonly #places: StagePlaces
  readonly #made = new Set<AbsolutePath>()

  constructor(places: StagePlaces) {
    this.#places = places
    this.writer = new MemberWriter([], (member) => this.#place(member))
  }

  /** Where a path of the archive is unpacked to. */
  pathOf(member: string): AbsolutePath {
    const root = this.#rootOf(member)
    return member === '' ? root : below(root, member)
  }

  [Symbol.dispose](): void {
    this.writer[Symbol.dispose]()
    for (const place of this.#made) rmSync(place, { recursive: true, force: true })
  }

  #place({ path }: TarMember): string | undefined {
    if (path === '') return undefined
    const root = this.#rootOf(path)
    if (!this.#made.has(root)) this.#make(root)
    return `${root}/${path}`
  }

  #rootOf(member: string): AbsolutePath {
    const part = member.split('/', 1)[0]
    return part === mainTree || part === binariesOnly ? this.#places.tree : this.#places.source
  }

  #make(root: AbsolutePath): void {
    try {
      makeDirectories(below(root, '..'))
      mkdirSync(root, { mode: 0o700 })
    } catch (error) {
      throw fileError(error, 'unpack the archive', root)
    }
    this.#made.add(root)
    this.writer.addRoot(root)
  }
}

/**
 * Removes what loads left that were killed. A source tree may serve several DKMS trees, each with a lock of its own, so
 * only places of processes that are gone are removed.
 */
export function clearStaleStages(roots: Roots): void {
  for (const directory of [roots.dkmsTree, roots.sourceTree]) {
    if (!isDirectory(directory)) continue
    for (const name of readdirSync(directory)) {
      const pid = name.startsWith(loadPrefix) ? /_new-(\d+)\./.exec(name)?.[1] : undefined
      if (pid === undefined || isAlive(Number(pid))) continue
      rmSync(below(directory, name), { recursive: true, force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}
