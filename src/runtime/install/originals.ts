/**
 * Modules that were in the way of an install: kept in TREE/M/original_module/K/A, each beside a file that tells where it
 * came from, and put back byte for byte by the uninstall (DKMS 3.1.7 and newer; older archives tell no origin).
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'
import { type AbsolutePath, absolutePath, below, type Kernel, type Roots } from '../../domain.ts'
import { fileError, isFile, lstatOrNone } from '../../system/fs.ts'
import { deleting, type Step } from '../../tree/journal.ts'
import { collisionsDirectory, moduleOfFile, originSuffix, treePaths } from '../../tree/layout.ts'
import { placingSecondName, placingText } from '../../tree/stage-file.ts'

/** The modules of one name that are in the way, the one that counts as the original first. */
export interface InTheWay {
  readonly module: string
  readonly paths: readonly AbsolutePath[]
}

/**
 * The file DKMS would take as the original first: that in INST/K/extra, INST/K/updates, the destination, then the rest.
 */
export function inOrderOfPreference(
  paths: readonly AbsolutePath[],
  kernelTree: AbsolutePath,
  destination: AbsolutePath,
): readonly AbsolutePath[] {
  const preferred: readonly string[] = [below(kernelTree, 'extra'), below(kernelTree, 'updates'), destination]
  function rank(path: AbsolutePath): number {
    const index = preferred.indexOf(dirname(path))
    return index === -1 ? preferred.length : index
  }
  return [...paths].sort((a, b) => rank(a) - rank(b))
}

/** Steps that archive every file in the way, and the files as they will be called. */
export function archiving(roots: Roots, name: string, kernel: Kernel, inTheWay: readonly InTheWay[]): readonly Step[] {
  const archive = treePaths(roots).originals(name, kernel)
  const kernelTree = below(roots.installTree, kernel.release)
  return inTheWay.flatMap(({ paths }) =>
    paths.flatMap((path, index) => {
      const plain = below(archive, basename(path))
      // A kernel package may have brought a module again whose former file is kept already.
      const isFirst = index === 0 && lstatOrNone(plain) === undefined
      const place = isFirst ? plain : below(archive, collisionsDirectory, relative(kernelTree, path))
      return [
        placingSecondName(roots, path, place),
        placingText(roots, `${path}\n`, absolutePath(`${place}${originSuffix}`)),
        ...deleting(path),
      ]
    }),
  )
}

export interface Archived {
  readonly file: AbsolutePath
  /** Where it came from; undefined in archives of DKMS before 3.1.7. */
  readonly origin: AbsolutePath | undefined
}

/** @throws {FactoryError} FILE_ACCESS */
export function readArchived(archive: AbsolutePath): readonly Archived[] {
  if (lstatOrNone(archive) === undefined) return []
  try {
    return readdirSync(archive, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((path) => below(archive, path))
      .filter((file) => moduleOfFile(basename(file)) !== undefined && !lstatSync(file).isDirectory())
      .map((file) => ({ file, origin: originOf(file) }))
  } catch (error) {
    throw fileError(error, 'read the archived modules', archive)
  }
}

function originOf(file: AbsolutePath): AbsolutePath | undefined {
  const note = `${file}${originSuffix}`
  if (!isFile(note)) return undefined
  const text = readFileSync(note, 'utf8').trimEnd()
  return text.startsWith('/') ? absolutePath(text) : undefined
}

export type RestoreDecision =
  | { readonly action: 'restore'; readonly archived: Archived; readonly to: AbsolutePath }
  /** `ours`: an interrupted DKMS took our own module for an original. `superseded`: somebody put another file there. */
  | {
      readonly action: 'drop'
      readonly archived: Archived
      readonly why: 'ours' | 'empty' | 'superseded' | 'identical'
    }
  /** It does not belong below this kernel: it is kept. */
  | { readonly action: 'keep'; readonly archived: Archived; readonly why: 'outside' | 'unknown-origin' }

/** What becomes of one archived module. Pure. */
export function decideRestore(
  archived: Archived,
  facts: {
    readonly kernelTree: AbsolutePath
    /** Where a module without an origin goes. */
    readonly fallback: AbsolutePath | undefined
    readonly isEmpty: boolean
    readonly isOurs: boolean
    /** What lies where it goes, once our own modules are gone. */
    readonly present: (path: AbsolutePath) => 'nothing' | 'identical' | 'other'
  },
): RestoreDecision {
  if (facts.isOurs) return { action: 'drop', archived, why: 'ours' }
  if (facts.isEmpty) return { action: 'drop', archived, why: 'empty' }
  const to = archived.origin ?? facts.fallback
  if (to === undefined) return { action: 'keep', archived, why: 'unknown-origin' }
  if (!to.startsWith(`${facts.kernelTree}/`)) return { action: 'keep', archived, why: 'outside' }
  const present = facts.present(to)
  if (present === 'nothing') return { action: 'restore', archived, to }
  return { action: 'drop', archived, why: present === 'identical' ? 'identical' : 'superseded' }
}

export function restoring(roots: Roots, decisions: readonly RestoreDecision[]): readonly Step[] {
  return decisions.flatMap((decision) => {
    if (decision.action === 'keep') return []
    const { file } = decision.archived
    const gone = [...deleting(file), ...deleting(absolutePath(`${file}${originSuffix}`))]
    return decision.action === 'restore' ? [placingSecondName(roots, file, decision.to), ...gone] : gone
  })
}
