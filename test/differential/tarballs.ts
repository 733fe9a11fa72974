/** What the comparisons of tarballs have in common. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { mustRun } from '../support/program.ts'
import { listTree } from '../support/tree-listing.ts'
import type { World } from '../support/world.ts'
import { newer, older } from './scenario.ts'

export interface Travel {
  readonly title: string
  readonly options: string
  readonly name: string
  /** Where the archive came from, all that was packed must be there; what the loader lists afterwards. */
  readonly loaded: readonly string[]
  /** For DKMS as the loader. Absent: 0. */
  readonly exitOfDkms?: number
}

export const built = (kernel: string) => `two-modules/1.0, ${kernel}, x86_64: built`

export const travels: readonly Travel[] = [
  {
    title: 'source and one kernel',
    options: `-k ${newer}`,
    name: `two-modules-1.0-kernel${newer}-x86_64.dkms.tar.gz`,
    loaded: [built(newer)],
  },
  {
    title: 'source only',
    options: '--source-only',
    name: 'two-modules-1.0-source-only.dkms.tar.gz',
    loaded: ['two-modules/1.0: added'],
  },
  {
    title: 'binaries only',
    options: `-k ${older} --binaries-only`,
    name: `two-modules-1.0-kernel${older}-x86_64.dkms.tar.gz`,
    loaded: [built(older)],
    // It loads binaries without a source and then calls it a failure.
    exitOfDkms: 1,
  },
]

export async function members(archive: string): Promise<string[]> {
  const list = await mustRun('tar', ['--list', '--file', archive])
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\.\//, '').replace(/\/$/, ''))
    .sort()
}

/**
 * Left out: the archive's root; what only one of the two keeps in a build, which expected-differences.ts explains; the
 * version of the archive's format, which 2.x loads only if it is there.
 */
export function ofBoth(list: readonly string[]): string[] {
  return list.filter(
    (path) => path !== '' && !/\/module\/Module\.symvers$|\/log\/\.config$|^dkms_main_tree\/dkms_dbversion$/.test(path),
  )
}

/** What was loaded has the bytes and modes of what was packed. */
export function expectSameContent(loaded: World, packed: World, status: readonly string[]): void {
  for (const line of status) {
    const kernel = /, ([^,]+), x86_64: built$/.exec(line)?.[1]
    const place = kernel === undefined ? undefined : `tree/two-modules/1.0/${kernel}`
    if (place !== undefined) expect(listTree(join(loaded.dir, place))).toEqual(listTree(join(packed.dir, place)))
  }
  if (readdirSync(loaded.source).length === 0) return
  expect(listTree(loaded.source)).toEqual(listTree(packed.source))
}
