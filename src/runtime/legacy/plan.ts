/** The changes below /etc as steps of a journal: with those of an install or uninstall they happen whole or not at all. */
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, absolutePath, type Kernel, type PackageId, type Roots, sameKernel } from '../../domain.ts'
import { isFile } from '../../system/fs.ts'
import { changing } from '../../tree/changing.ts'
import { deleting, placing, pruning, type Step } from '../../tree/journal.ts'
import { loadTree } from '../../tree/load.ts'
import { stagingPlace } from '../../tree/staging.ts'
import { type FileChange, ownFileHeader, ownFileName, planFiles, readBytes } from './plan-files.ts'
import { type FileRecord, mergeRecords, readRecord, recordPath, renderRecord } from './record.ts'
import { type Edit, undoEdits } from './text-edits.ts'
import { legacyWishes } from './wishes.ts'

export interface LegacyPlan {
  readonly changes: readonly FileChange[]
  /** Stages what is written; to be called when it is about to be done. */
  steps(): readonly Step[]
}

export interface LegacyUndoPlan extends LegacyPlan {
  /** How many files the package changed. */
  readonly recorded: number
  /** Edits that somebody has undone or changed meanwhile: nothing is left to take back. */
  readonly lost: readonly { readonly path: AbsolutePath; readonly edits: readonly Edit[] }[]
}

/**
 * What the MODULES_CONF directives of a package change below `etcRoot`. Nothing when they are in effect already, as for
 * the second kernel of a package.
 *
 * @throws {FactoryError} FILE_ACCESS, JOURNAL_UNREADABLE
 */
export function planLegacy(
  roots: Roots,
  etcRoot: AbsolutePath,
  id: PackageId,
  conf: Pick<DkmsConf, 'modules' | 'legacy'>,
): LegacyPlan {
  const changes = planFiles(etcRoot, id.name, legacyWishes(conf))
  return {
    changes,
    steps: () => {
      if (changes.length === 0) return []
      const record = renderRecord(mergeRecords(readRecord(roots, id.name), changes))
      return [...changes.map((one) => writing(roots, one)), placingText(roots, recordPath(roots, id.name), record)]
    },
  }
}

/**
 * Takes back what `planLegacy` changed for a package, whatever its dkms.conf says by now. For the uninstall of its last
 * instance, see {@link isLastInstance}: the files are the same for all kernels.
 *
 * DKMS 2.0 put the first obsolete module back that the kernel still had; here the line becomes what it was.
 *
 * @throws {FactoryError} FILE_ACCESS, JOURNAL_UNREADABLE
 */
export function planLegacyUndo(roots: Roots, name: string): LegacyUndoPlan {
  const undone = readRecord(roots, name).map(undoFile)
  const record = recordPath(roots, name)
  const changes = undone.flatMap(({ change }) => (change.after === change.before ? [] : [change]))
  return {
    changes,
    recorded: undone.length,
    lost: undone.flatMap(({ change: { path }, lost }) => (lost.length === 0 ? [] : [{ path, edits: lost }])),
    steps: () => [
      ...changes.flatMap((one) => (one.after === undefined ? deleting(one.path) : [writing(roots, one)])),
      ...deleting(record),
      ...(isFile(record) ? [pruning(absolutePath(dirname(record)), roots.dkmsTree)] : []),
    ],
  }
}

/** Whether no version of the package is installed for any kernel but this one. */
export function isLastInstance(roots: Roots, name: string, kernel: Kernel): boolean {
  const { packages } = loadTree(roots, (candidate) => candidate === name)
  return !packages.some(({ builds }) => builds.some((build) => build.installed && !sameKernel(build.kernel, kernel)))
}

function undoFile({ path, edits }: FileRecord): { readonly change: FileChange; readonly lost: readonly Edit[] } {
  if (!isFile(path)) return { change: { path, before: undefined, after: undefined, edits }, lost: edits }
  const before = readBytes(path)
  const { text, lost } = undoEdits(before, edits)
  const goes = path.endsWith(`/modprobe.d/${ownFileName}`) && text === ownFileHeader
  return { change: { path, before, after: goes ? undefined : text, edits }, lost }
}

function writing(roots: Roots, { path, after = '' }: FileChange): Step {
  return placingText(roots, path, Buffer.from(after, 'latin1'))
}

/** Mode and owner are those of the file that is replaced. */
function placingText(roots: Roots, path: AbsolutePath, text: string | Uint8Array): Step {
  const staged = stagingPlace(roots, path)
  changing('write', staged, () => {
    writeFileSync(staged, text, { mode: 0o644 })
    if (!isFile(path)) return
    const { mode, uid, gid } = statSync(path)
    chownSync(staged, uid, gid)
    chmodSync(staged, mode & 0o7777)
  })
  return placing(staged, path)
}
