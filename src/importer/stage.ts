/**
 * Where an archive is unpacked before anything is known about it: beside the places its parts will go to, so that each
 * part gets there with one rename. The names begin as those of other staging places do, and no DKMS looks at them.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { MemberWriter } from '../archive/extract.ts'
import type { TarMember } from '../archive/member-policy.ts'
import { type AbsolutePath, below, type Roots } from '../domain.ts'
import { fileError, makeDirectories, removeIfPossible } from '../system/fs.ts'
import { hasPendingChange } from '../tree/journal.ts'
import { forgetStaged, placeBeside, stagingPlace } from '../tree/staging.ts'
import { binariesOnly, mainTree } from './shape.ts'

type Side = 'tree' | 'source'

/** Finds a place on the file system of the tree and one on that of the source tree; asked for each once. */
export interface StagePlaces {
  tree(): AbsolutePath
  source(): AbsolutePath
  /** Whether a change was decided and could not be completed: the next command will, from what lies here. */
  areNeeded(): boolean
  /** Called when they are gone. */
  forget(): void
}

/** Noted in the tree, so that the next command deletes what a killed one left there. */
export function stagePlaces(roots: Roots): StagePlaces {
  return {
    tree: () => stagingPlace(roots, below(roots.dkmsTree, 'load')),
    source: () => stagingPlace(roots, below(roots.sourceTree, 'load')),
    areNeeded: () => hasPendingChange(roots),
    forget: () => forgetStaged(roots),
  }
}

/** For a dry run: everything goes to the place for temporary files. */
export function temporaryPlaces({ tmp }: Roots): StagePlaces {
  const place = (): AbsolutePath => placeBeside(below(tmp, 'load'))
  return { tree: place, source: place, areNeeded: () => false, forget: () => {} }
}

/** Both places are made when the first member comes that belongs there, and removed with all that is left in them. */
export class Stage implements Disposable {
  readonly writer: MemberWriter
  readonly #places: StagePlaces
  readonly #made = new Map<Side, AbsolutePath>()

  constructor(places: StagePlaces) {
    this.#places = places
    this.writer = new MemberWriter([], (member) => this.#place(member))
  }

  /** Where a path of the archive is unpacked to. */
  pathOf(member: string): AbsolutePath {
    const root = this.#root(placeOf(member))
    return member === '' ? root : below(root, member)
  }

  [Symbol.dispose](): void {
    this.writer[Symbol.dispose]()
    if (this.#places.areNeeded()) return
    for (const root of this.#made.values()) removeIfPossible(root)
    this.#places.forget()
  }

  #place({ path }: TarMember): string | undefined {
    return path === '' ? undefined : `${this.#root(placeOf(path))}/${path}`
  }

  #root(place: Side): AbsolutePath {
    const known = this.#made.get(place)
    if (known !== undefined) return known
    const root = this.#places[place]()
    this.#made.set(place, root)
    try {
      makeDirectories(dirname(root))
      mkdirSync(root, { mode: 0o700 })
    } catch (error) {
      throw fileError(error, 'unpack the archive', root)
    }
    this.writer.addRoot(root)
    return root
  }
}

function placeOf(member: string): Side {
  const part = member.split('/', 1)[0]
  return part === mainTree || part === binariesOnly ? 'tree' : 'source'
}
