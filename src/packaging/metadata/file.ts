/** packaging.yaml: read, checked as a whole, and every problem told with its line. */
import { readFileSync } from 'node:fs'
import type { Document } from 'yaml'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError, isFile } from '../../system/fs.ts'
import { lowerCase, placeOf, schemaProblems, syntaxMessage } from './file-problems.ts'
import { type PackagingFile, packageFamilies } from './model.ts'
import { invalidMetadata } from './problems.ts'
import type { PackagingYaml } from './schema.ts'
import { statedFrom } from './stated.ts'

export const packagingFileName = 'packaging.yaml'

/**
 * The packaging.yaml beside a dkms.conf.
 *
 * @returns undefined when there is none
 * @throws {FactoryError} METADATA_INVALID with every problem; FILE_ACCESS
 */
export async function readPackagingFile(directory: AbsolutePath): Promise<PackagingFile | undefined> {
  const path = below(directory, packagingFileName)
  if (!isFile(path)) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', path)
  }
  return await parsePackagingFile(text, path)
}

/** @throws {FactoryError} METADATA_INVALID with every problem, each as `FILE:LINE: what is wrong` */
export async function parsePackagingFile(text: string, path: string): Promise<PackagingFile> {
  const [{ LineCounter, parseDocument }, { knownKeys, PackagingYaml }] = await Promise.all([
    import('yaml'),
    import('./schema.ts'),
  ])
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map((error) => ({
    where: placeOf(path, lines, error.pos[0]),
    message: syntaxMessage(error),
  }))
  if (syntax.length > 0) throw invalidMetadata(path, syntax)
  const content: unknown = document.contents === null ? {} : toValues(document, path)
  const checked = PackagingYaml.safeParse(content === '' ? {} : content)
  if (!checked.success)
    throw invalidMetadata(path, schemaProblems(checked.error.issues, { document, lines, path, knownKeys }))
  return packagingFile(path, checked.data)
}

/** Aliases that would unfold without end are the one thing parsing does not notice. */
function toValues(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    const message = error instanceof Error ? lowerCase(error.message) : 'it cannot be read'
    throw invalidMetadata(path, [{ where: path, message }])
  }
}

function packagingFile(path: string, values: PackagingYaml): PackagingFile {
  const overrides = packageFamilies.flatMap((family) => {
    const block = values[family]
    return block === undefined ? [] : [[family, statedFrom(block)] as const]
  })
  return { path, common: statedFrom(values), overrides: Object.fromEntries(overrides), exclude: values.exclude ?? [] }
}
