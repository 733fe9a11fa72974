/** Packages without a usable source: how to say it and what to do. */
import { formatPackage, type PackageId } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { PackageSource, TreePackage } from '../tree/model.ts'

export type BrokenReason = Extract<PackageSource, { kind: 'broken' }>['reason']

export const brokenMeanings: Readonly<Record<BrokenReason, string>> = {
  'no-link': 'the link to its source directory is missing',
  'dangling-link': 'its source directory is missing',
  'directory-shadows-source': 'it has a directory of its own in place of the link to its source directory',
  unreadable: 'its directory cannot be read',
}

/** What to do about a broken package: one sentence. */
export function repairHint(id: PackageId, dir: string): string {
  return `put the source directory back and run \`add ${formatPackage(id)}\`, or delete ${dir}`
}

/** @throws {FactoryError} PACKAGE_BROKEN */
export function assertNotBroken({ id, dir, source }: TreePackage): void {
  if (source.kind !== 'broken') return
  throw new FactoryError('PACKAGE_BROKEN', `${formatPackage(id)} is broken: ${brokenMeanings[source.reason]}`, {
    hint: repairHint(id, dir),
  })
}
