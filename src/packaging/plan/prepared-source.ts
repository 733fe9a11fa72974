/** The source as a build would have it: copied, patched and with PRE_BUILD run. */
import type { TarEntry } from '../../archive/tar-entry.ts'
import type { AbsolutePath, Kernel } from '../../domain.ts'
import { copyInto } from './copy-into.ts'
import type { PlannedSource } from './model.ts'
import { type Problem, unpackable, type WalkedEntry, walkDirectory } from './walk.ts'

/**
 * Applies the patches that are for the kernel to a copy of the source, and runs PRE_BUILD there.
 *
 * @throws {FactoryError} BUILD_EXCLUDED, SOURCE_EMPTY, PATCH_MISSING, PATCH_FAILED, SCRIPT_FAILED
 */
export type PrepareSource = (directory: AbsolutePath, kernel: Kernel) => Promise<void>

export interface SourceToPrepare {
  readonly source: PlannedSource
  readonly prepare: PrepareSource
  readonly kernel: Kernel
}

/**
 * @param directory where the prepared copy goes; must not exist
 * @throws {FactoryError} what preparing throws; SOURCE_UNPACKABLE
 */
export async function preparedEntries(
  { source, prepare, kernel }: SourceToPrepare,
  directory: AbsolutePath,
): Promise<readonly WalkedEntry[]> {
  copyInto(source, directory)
  await prepare(directory, kernel)
  const problems: Problem[] = []
  const { entries } = walkDirectory(directory, problems)
  if (problems.length > 0) throw unpackable(problems)
  return entries
}

/** Members of an archive with one top directory. */
export function belowTop(top: string, entries: readonly WalkedEntry[]): readonly TarEntry[] {
  return [{ kind: 'directory', path: top }, ...entries.map((entry) => ({ ...entry, path: `${top}/${entry.path}` }))]
}
