/** The files of the install tree that are a build's modules. */
import { readdirSync } from 'node:fs'
import type { ModuleRecord } from '../../conf/model.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import { isDirectory } from '../../system/fs.ts'
import { builtFileOf, type Destination, possiblePlaces } from '../../tree/installed-files.ts'
import { moduleFileNames } from '../../tree/layout.ts'
import type { Build } from '../../tree/model.ts'
import { type Likeness, likeness } from './recognise.ts'

export interface OwnFile {
  readonly module: string
  readonly path: AbsolutePath
  readonly likeness: Exclude<Likeness, 'foreign'>
}

/**
 * Looked for where the distribution wants modules and where dkms.conf asked for them, with every suffix: an earlier
 * install may have used another.
 *
 * @param kernelTree INST/K
 */
export async function ownFiles(
  build: Build,
  records: readonly ModuleRecord[],
  kernelTree: AbsolutePath,
  destination: Destination,
): Promise<readonly OwnFile[]> {
  const found: OwnFile[] = []
  for (const record of records) {
    const built = builtFileOf(build, record.destName)
    if (built === undefined) continue
    for (const { path, own } of filesAt(record, kernelTree, destination)) {
      const like = await likeness(built, path, own)
      if (like !== 'foreign') found.push({ module: record.destName, path, likeness: like })
    }
  }
  return found
}

/** `own`: in a directory that the distribution keeps for modules of DKMS. */
function filesAt(
  record: ModuleRecord,
  kernelTree: AbsolutePath,
  destination: Destination,
): readonly { readonly path: AbsolutePath; readonly own: boolean }[] {
  const names = new Set(moduleFileNames(record.destName))
  const overridden = destination(record.destLocation) !== record.destLocation
  return possiblePlaces(kernelTree, record, destination).flatMap((place, index) => {
    const own = index === 0 && (overridden || !record.destLocation.startsWith('/kernel'))
    return isDirectory(place)
      ? readdirSync(place)
          .filter((name) => names.has(name))
          .sort()
          .map((name) => ({ path: below(place, name), own }))
      : []
  })
}
