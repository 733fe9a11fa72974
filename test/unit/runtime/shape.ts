import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Roots } from '../../../src/domain.ts'

/** Every path of the tree and the source tree, links with their targets: what two programs must leave alike. */
export function shapeOf({ dkmsTree, sourceTree }: Roots): string[] {
  return [dkmsTree, sourceTree].flatMap((root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return entry.isSymbolicLink() ? `${path} -> ${readlinkSync(path)}` : `${path}${entry.isDirectory() ? '/' : ''}`
      })
      .sort(),
  )
}
