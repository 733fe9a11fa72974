/**
 * Which files below /etc the legacy directives change, and how: decided in full before anything is written.
 *
 * Additions go to /etc/modules.conf and /etc/modprobe.conf where a host has them, as in DKMS 2.x, and otherwise to a file
 * of our own below modprobe.d; DKMS 2.2 used files there that packages own. Aliases of obsolete modules change hands in
 * all files that 2.2 looked at.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { fileError, isDirectory, isFile } from '../../system/fs.ts'
import { editInitrdModules } from './initrd-modules.ts'
import { editForeignText, editModprobeText } from './modprobe-text.ts'
import type { Edit, EditedText } from './text-edits.ts'
import type { LegacyWishes } from './wishes.ts'

export interface FileChange {
  readonly path: AbsolutePath
  /** One character per byte (latin1), so that no encoding is lost; undefined where there is no file. */
  readonly before: string | undefined
  /** undefined where the file goes. */
  readonly after: string | undefined
  readonly edits: readonly Edit[]
}

export const ownFileName = 'dkms-factory.conf'

export const ownFileHeader =
  '# Written by dkms-factory for packages whose dkms.conf sets MODULES_CONF directives; their uninstall removes it.\n'

/** @throws {FactoryError} FILE_ACCESS */
export function planFiles(etcRoot: AbsolutePath, packageName: string, raw: LegacyWishes): FileChange[] {
  const wishes = asBytes(raw)
  const old = ['modules.conf', 'modprobe.conf'].map((name) => below(etcRoot, name)).filter(isFile)
  const changes = old.map((path) => change(path, (text) => editModprobeText(text, wishes)))
  for (const name of ['dkms.conf', 'dkms', `${packageName}.conf`]) {
    const path = below(etcRoot, 'modprobe.d', name)
    if (isFile(path)) changes.push(change(path, (text) => editForeignText(text, wishes)))
  }
  changes.push(ownFile(etcRoot, wishes, old.length > 0, changes))
  const sysconfig = below(etcRoot, 'sysconfig/kernel')
  if (isFile(sysconfig)) changes.push(change(sysconfig, (text) => editInitrdModules(text, wishes)))
  return changes.filter(({ edits }) => edits.length > 0)
}

function ownFile(
  etcRoot: AbsolutePath,
  wishes: LegacyWishes,
  foreignOnly: boolean,
  planned: readonly FileChange[],
): FileChange {
  const path = below(etcRoot, 'modprobe.d', ownFileName)
  if (foreignOnly) return change(path, (text) => editForeignText(text, wishes))
  const own = isFile(path)
  const others = otherTexts(etcRoot, planned)
  return change(path, (text) => editModprobeText(own ? text : ownFileHeader, wishes, others))
}

/** What modprobe reads beside our file, as it will be. */
function otherTexts(etcRoot: AbsolutePath, planned: readonly FileChange[]): string[] {
  const directory = below(etcRoot, 'modprobe.d')
  if (!isDirectory(directory)) return []
  return readdirSync(directory)
    .filter((name) => (name.endsWith('.conf') || name === 'dkms') && name !== ownFileName)
    .map((name) => below(directory, name))
    .filter(isFile)
    .map((path) => planned.find((one) => one.path === realPath(path))?.after ?? readBytes(path))
}

/** A link stays a link: what it leads to is changed. */
function change(path: AbsolutePath, edit: (text: string) => EditedText): FileChange {
  const exists = isFile(path)
  const before = exists ? readBytes(path) : undefined
  const { text, edits } = edit(before ?? '')
  return { path: exists ? realPath(path) : path, before, after: text, edits }
}

function realPath(path: AbsolutePath): AbsolutePath {
  return absolutePath(realpathSync(path))
}

export function readBytes(path: AbsolutePath): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

function asBytes(wishes: LegacyWishes): LegacyWishes {
  const encode = (text: string) => Buffer.from(text).toString('latin1')
  return { ...wishes, lines: wishes.lines.map(encode) }
}
