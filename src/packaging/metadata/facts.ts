/** What the modules of a package say about themselves, from their sources or from the built files, in one form. */
import { readFileSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import type { ModuleInfo } from '../../kernel/modinfo.ts'
import { fileError } from '../../system/fs.ts'
import { readModuleMacros } from './c-macros.ts'
import { normaliseSpdx, spdxFromKernel } from './license.ts'
import { asOneLine } from './text.ts'

/** Of one source file or one built module. */
export interface ModuleFacts {
  /** The module's name, or the source file's without its suffix. */
  readonly name: string
  /** An SPDX expression, or the module's own words if they mean nothing to SPDX. */
  readonly license: string | undefined
  readonly description: string | undefined
  readonly authors: readonly string[]
}

export interface SourceFile {
  readonly path: string
  readonly from: AbsolutePath
  readonly bytes: number
}

/** No source written by people comes near. */
const largestSource = 4 * 1024 * 1024

/** @throws {FactoryError} FILE_ACCESS */
export function factsOfSources(files: readonly SourceFile[]): ModuleFacts[] {
  return files
    .filter(({ path, bytes }) => path.endsWith('.c') && bytes <= largestSource)
    .flatMap(({ path, from }) => factsOfSource(path, readSource(from)))
}

/** Nothing when the file has none of the macros. */
export function factsOfSource(path: string, text: string): ModuleFacts[] {
  const { licenses, descriptions, authors, spdx } = readModuleMacros(text)
  if (licenses.length + descriptions.length + authors.length === 0) return []
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.c$/, '')
  const license = (spdx === undefined ? undefined : normaliseSpdx(spdx)) ?? licenseOf(licenses)
  return [{ name, license, description: descriptions.map(asOneLine).find((one) => one !== ''), authors }]
}

export function factsOfModule(name: string, info: ModuleInfo): ModuleFacts {
  const description = info.description === undefined ? '' : asOneLine(info.description)
  return {
    name,
    license: licenseOf(info.license),
    description: description === '' ? undefined : description,
    authors: info.author,
  }
}

function licenseOf(texts: readonly string[]): string | undefined {
  const [text] = texts
  if (text === undefined) return undefined
  const words = asOneLine(text)
  return spdxFromKernel(words) ?? (words === '' ? undefined : words)
}

/** Names of authors are the reason why old sources are not always UTF-8. */
function readSource(path: AbsolutePath): string {
  try {
    const bytes = readFileSync(path)
    const text = bytes.toString('utf8')
    return text.includes('\ufffd') ? bytes.toString('latin1') : text
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
