/** A directory on disk as the nodes of an image; links are told, never followed. */
import { chmodSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError, lstatOrNone } from '../../system/fs.ts'
import type { ImageNode } from './model.ts'

/**
 * Devices, sockets and the like are left out: no reader of driver disks looks at them.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function walkNodes(root: AbsolutePath): ReadonlyMap<string, ImageNode> {
  const nodes = new Map<string, ImageNode>()
  walkInto(nodes, root, '')
  return nodes
}

function walkInto(nodes: Map<string, ImageNode>, directory: AbsolutePath, prefix: string): void {
  for (const name of namesIn(directory)) {
    const place = below(directory, name)
    const path = `${prefix}${name}`
    const stats = lstatOrNone(place)
    if (stats?.isDirectory()) {
      nodes.set(path, { kind: 'directory' })
      walkInto(nodes, place, `${path}/`)
    } else if (stats?.isSymbolicLink()) nodes.set(path, { kind: 'symlink', target: readlinkSync(place) })
    else if (stats?.isFile()) {
      nodes.set(path, { kind: 'file', bytes: stats.size, executable: (stats.mode & 0o100) !== 0, copy: place })
    }
  }
}

/**
 * Lets the owner read everything and delete it again: programs that unpack keep modes, and an image may have any.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function openUp(directory: AbsolutePath): void {
  try {
    chmodSync(directory, 0o700)
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const place = below(directory, entry.name)
      if (entry.isDirectory()) openUp(place)
      else if (entry.isFile()) chmodSync(place, (statSync(place).mode & 0o777) | 0o600)
    }
  } catch (error) {
    throw fileError(error, 'open up', directory)
  }
}

function namesIn(directory: AbsolutePath): string[] {
  try {
    return readdirSync(directory).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  } catch (error) {
    throw fileError(error, 'read', directory)
  }
}
