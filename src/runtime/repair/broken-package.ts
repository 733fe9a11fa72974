/** Packages without a usable source. */
import { readdirSync } from 'node:fs'
import { formatPackage } from '../../domain.ts'
import { isDirectory, isFile } from '../../system/fs.ts'
import { linkSource, removePackage } from '../../tree/change.ts'
import { treePaths } from '../../tree/layout.ts'
import type { TreePackage } from '../../tree/model.ts'
import { repairHint } from '../broken.ts'
import { doing, type Finding, type Remedy, type RepairRequest } from './model.ts'

/** Where the source is in its place, the link is made anew, as `add` does; a version that holds nothing at all goes. */
export function repairBroken({ roots }: RepairRequest, { entry, path }: Finding): Remedy {
  if (entry === undefined) throw new Error(`a broken package that is not known: ${path}`)
  const { id, dir, source } = entry
  const sourceDir = treePaths(roots).sourceDir(id)
  const isThere = isFile(`${sourceDir}/dkms.conf`)
  if (isThere && (source.kind !== 'broken' || source.reason !== 'directory-shadows-source' || isStub(dir))) {
    return doing(`link ${dir}/source to ${sourceDir}`, () => linkSource(roots, id))
  }
  if (isHusk(entry)) {
    return doing(`delete ${dir}, which holds nothing`, () => removePackage(roots, id))
  }
  const shadowed = `${dir}/source is a directory of its own beside ${sourceDir}: move one of the two away, then run \`add ${formatPackage(id)}\``
  return { kind: 'advice', text: isThere ? shadowed : repairHint(id, dir) }
}

/** What a binaries-only archive leaves: a dkms.conf and nothing to lose. */
function isStub(dir: string): boolean {
  return readdirSync(`${dir}/source`).every((name) => name === 'dkms.conf')
}

/** No source, no build, no archive that was made of it. */
function isHusk({ dir, builds, source }: TreePackage): boolean {
  if (builds.length > 0 || source.kind !== 'broken' || source.reason !== 'no-link') return false
  return readdirSync(dir).every((name) => isDirectory(`${dir}/${name}`) && readdirSync(`${dir}/${name}`).length === 0)
}
