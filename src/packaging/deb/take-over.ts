/** Files that dpkg-buildpackage has made, signed where that is wanted, at the place they were asked for. */
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError, writeFileAtomic } from '../../system/fs.ts'
import type { PackageSigner } from '../openpgp/signer.ts'
import { parseOneStanza, renderStanzas } from './format/deb822.ts'
import { fileListFields, parseFileLists } from './format/file-list.ts'
import { signDeb } from './format/sign.ts'
import type { DebianRequest, MadeFile } from './model.ts'

/** @throws {FactoryError} FILE_ACCESS, PACKAGE_INVALID, PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED */
export async function takeOver(
  files: readonly AbsolutePath[],
  { output, signer }: Pick<DebianRequest, 'output' | 'signer'>,
): Promise<readonly MadeFile[]> {
  const made: MadeFile[] = []
  const signed = new Map<string, string>()
  // A .changes tells the sum of the .dsc, so that comes first.
  for (const from of [...files].sort((a, b) => rankOf(a) - rankOf(b))) {
    const path = below(output, basename(from))
    const kind = kindOf(from)
    if (signer === undefined || kind === 'tarball' || kind === 'other') copy(from, path)
    else if (kind === 'deb') await signDeb(from, signer, { destination: path })
    else signed.set(basename(from), await signListing(from, path, signer, signed))
    made.push({ path, kind, bytes: statSync(path).size })
  }
  return made
}

const kinds: readonly (readonly [RegExp, MadeFile['kind']])[] = [
  [/\.tar\.[a-z0-9]+$/, 'tarball'],
  [/\.deb$/, 'deb'],
  [/\.dsc$/, 'dsc'],
  [/\.changes$/, 'changes'],
]

function kindOf(path: string): MadeFile['kind'] {
  return kinds.find(([pattern]) => pattern.test(path))?.[1] ?? 'other'
}

function rankOf(path: string): number {
  const rank = kinds.findIndex(([pattern]) => pattern.test(path))
  return rank < 0 ? kinds.length : rank
}

async function signListing(
  from: string,
  path: string,
  signer: PackageSigner,
  signed: ReadonlyMap<string, string>,
): Promise<string> {
  const text = await signer.clear(withSumsOf(read(from), from, signed))
  writeFileAtomic(path, text)
  return text
}

/** The text with the sizes and sums of files that were signed meanwhile. */
function withSumsOf(text: string, file: string, signed: ReadonlyMap<string, string>): string {
  if (signed.size === 0) return text
  const stanza = parseOneStanza(text, { file })
  const files = parseFileLists(stanza, file).map((one) => {
    const changed = signed.get(one.name)
    if (changed === undefined) return one
    const sum = (algorithm: string): string => createHash(algorithm).update(changed).digest('hex')
    const sums = { md5: sum('md5'), sha1: sum('sha1'), sha256: sum('sha256') }
    return { ...one, ...sums, bytes: Buffer.byteLength(changed) }
  })
  const lists = new Map(fileListFields(files).map(({ name, value }) => [name, value]))
  return renderStanzas([stanza.map(({ name, value }) => ({ name, value: lists.get(name) ?? value }))])
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

function copy(from: string, to: string): void {
  try {
    copyFileSync(from, to)
  } catch (error) {
    throw fileError(error, 'write', to)
  }
}
