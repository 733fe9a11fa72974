/** A build that is put back when its successor fails after it had taken its place. */
import { readlinkSync, rmSync } from 'node:fs'
import { formatKernel, formatPackage, type PackageId, type Roots } from '../domain.ts'
import { copyTree } from '../system/copy.ts'
import { isDirectory, lstatOrNone } from '../system/fs.ts'
import { changing } from '../tree/changing.ts'
import { commit, placing } from '../tree/journal.ts'
import { treePaths } from '../tree/layout.ts'
import type { Build } from '../tree/model.ts'
import { placingLink } from '../tree/stage-file.ts'
import { stagingPlace } from '../tree/staging.ts'

export interface KeptBuild {
  /** `bring-back`: the successor failed. What is still there, since it never got that far, stays as it is. */
  settle(how: 'bring-back' | 'drop'): void
}

/** @throws {FactoryError} FILE_ACCESS, DISK_FULL; so does settling */
export function keepBuild(roots: Roots, id: PackageId, { kernel, dir }: Build): KeptBuild {
  const marker = treePaths(roots).marker(id.name, kernel)
  const markerText = lstatOrNone(marker)?.isSymbolicLink() ? readlinkSync(marker) : undefined
  const copy = stagingPlace(roots, dir)
  changing('keep a copy', copy, () => copyTree(dir, copy))
  return {
    settle(how) {
      if (how === 'drop' || isDirectory(dir)) {
        changing('delete the copy', copy, () => rmSync(copy, { recursive: true, force: true }))
        return
      }
      commit(roots, `bring back ${formatPackage(id)} for kernel ${formatKernel(kernel)}`, [
        placing(copy, dir),
        ...(markerText === undefined ? [] : [placingLink(roots, markerText, marker)]),
      ])
    },
  }
}
