/**
 * What a package changed below /etc, kept in the tree so that its last uninstall takes back exactly that: one file per
 * package, TREE/.legacy/NAME.json. DKMS passes over names that begin with a dot.
 */
import { readFileSync } from 'node:fs'
import { type AbsolutePath, below, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, isFile } from '../../system/fs.ts'
import type { Edit } from './text-edits.ts'

export interface FileRecord {
  readonly path: AbsolutePath
  /** In the order they were made. */
  readonly edits: readonly Edit[]
}

export function recordPath(roots: Roots, name: string): AbsolutePath {
  return below(roots.dkmsTree, '.legacy', `${name}.json`)
}

/**
 * @returns no files for a package that changed nothing
 * @throws {FactoryError} FILE_ACCESS; JOURNAL_UNREADABLE when it is not one of ours
 */
export function readRecord(roots: Roots, name: string): readonly FileRecord[] {
  const path = recordPath(roots, name)
  if (!isFile(path)) return []
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isRecord(record)) return record.files
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileError(error, 'read what a package changed below /etc', path)
  }
  throw new FactoryError(
    'JOURNAL_UNREADABLE',
    `the record of what ${name} changed below /etc cannot be understood: ${path}`,
    {
      hint: 'a newer version of this program may have written it: run that one, or look at the file and delete it',
    },
  )
}

export function renderRecord(files: readonly FileRecord[]): string {
  return `${JSON.stringify({ format: 1, files }, undefined, 2)}\n`
}

/** Later edits follow those of the same file that were made before. */
export function mergeRecords(old: readonly FileRecord[], made: readonly FileRecord[]): FileRecord[] {
  const files = new Map(old.map((file) => [file.path, file]))
  for (const { path, edits } of made) files.set(path, { path, edits: [...(files.get(path)?.edits ?? []), ...edits] })
  return [...files.values()]
}

/** Written by us and by root alone, so the shape within is taken on trust. */
function isRecord(value: unknown): value is { readonly files: readonly FileRecord[] } {
  if (typeof value !== 'object' || value === null) return false
  return 'format' in value && value.format === 1 && 'files' in value && Array.isArray(value.files)
}
