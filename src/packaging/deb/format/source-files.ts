/** Reads .dsc and .changes files that nobody vouches for, and checks the files they name. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type OpenFile, readExactly, readRange } from '../../../archive/file-range.ts'
import { FactoryError } from '../../../errors.ts'
import { fileError, systemErrorCode } from '../../../system/fs.ts'
import { type CheckedKey, type VerifyOptions, verifyClearSigned } from '../../openpgp/verify.ts'
import { splitClearSigned } from './clear-signed.ts'
import { fieldOf, parseOneStanza, type Stanza } from './deb822.ts'
import { type ListedFile, parseFileLists } from './file-list.ts'
import { packageName, packageVersion } from './validate.ts'

interface Listing {
  readonly source: string
  readonly version: string
  /** As the field has it: architectures, or `source`. */
  readonly architectures: readonly string[]
  readonly files: readonly ListedFile[]
  /** Every field, in its order. */
  readonly fields: Stanza
  /** The clear signature around it, for {@link verifyListing}. */
  readonly signedBlock?: string
}

/** A source package. */
export interface Dsc extends Listing {
  readonly kind: 'dsc'
  /** `1.0`, `3.0 (native)`, `3.0 (quilt)`. */
  readonly format: string
  readonly binaries: readonly string[]
}

/** An upload. */
export interface Changes extends Listing {
  readonly kind: 'changes'
  readonly distributions: readonly string[]
}

/** @throws {FactoryError} PACKAGE_INVALID */
export function parseDsc(text: string, file: string): Dsc {
  const { fields, ...listing } = parseListing(text, file)
  const format = needed(fields, 'Format', file)
  if (!/^\d+\.\d+(?: \([a-z-]+\))?$/.test(format)) throw invalid(file, `its format is ${JSON.stringify(format)}`)
  const binaries = (fieldOf(fields, 'Binary') ?? '').split(/[\s,]+/).filter((name) => name !== '')
  return { kind: 'dsc', format, binaries, fields, ...listing }
}

/** @throws {FactoryError} PACKAGE_INVALID */
export function parseChanges(text: string, file: string): Changes {
  const { fields, ...listing } = parseListing(text, file)
  needed(fields, 'Changes', file)
  return { kind: 'changes', distributions: words(needed(fields, 'Distribution', file)), fields, ...listing }
}

function parseListing(text: string, file: string): Listing {
  const { text: content, block } = splitClearSigned(text, file)
  const fields = parseOneStanza(content, { file })
  // Of binary-only uploads: `name (version)`.
  const source = needed(fields, 'Source', file).replace(/ \(.*\)$/, '')
  const version = needed(fields, 'Version', file)
  if (!packageName.test(source)) throw invalid(file, `its source is ${JSON.stringify(source)}`)
  if (!packageVersion.test(version)) throw invalid(file, `its version is ${JSON.stringify(version)}`)
  const architectures = words(fieldOf(fields, 'Architecture') ?? '')
  const files = parseFileLists(fields, file)
  return { source, version, architectures, files, fields, ...(block === undefined ? {} : { signedBlock: block }) }
}

function needed(fields: Stanza, name: string, file: string): string {
  const value = fieldOf(fields, name)
  if (value === undefined || value.trim() === '') throw invalid(file, `it has no field ${name}`)
  return value
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function invalid(file: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${file} is not valid: ${why}`, { hint: 'fetch or make the file again' })
}

/** Far above any real one. */
const longestListing = 4 * 2 ** 20

/** @throws {FactoryError} PACKAGE_INVALID; FILE_ACCESS */
export function readDsc(path: string): Dsc {
  return parseDsc(readText(path), path)
}

/** @throws {FactoryError} PACKAGE_INVALID; FILE_ACCESS */
export function readChanges(path: string): Changes {
  return parseChanges(readText(path), path)
}

function readText(path: string): string {
  using file = openToRead(path)
  const { size } = fstatSync(file.descriptor)
  if (size > longestListing) throw invalid(path, `it has ${size} bytes`)
  return readExactly(file, { offset: 0, bytes: size }).toString('utf8')
}

function openToRead(path: string): OpenFile & Disposable {
  try {
    const descriptor = openSync(path, 'r')
    return { descriptor, path, [Symbol.dispose]: () => closeSync(descriptor) }
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

export interface CheckedFile extends ListedFile {
  readonly path: string
  readonly state: 'ok' | 'missing' | 'wrong size' | 'wrong checksum'
}

/**
 * Compares the files beside a .dsc or .changes with what it says of them, by every checksum it has.
 *
 * @param path of the .dsc or .changes
 * @throws {FactoryError} FILE_ACCESS
 */
export async function checkListedFiles(listing: Pick<Listing, 'files'>, path: string): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = []
  for (const file of listing.files) {
    const place = join(dirname(path), file.name)
    checked.push({ ...file, path: place, state: await stateOf(file, place) })
  }
  return checked
}

async function stateOf(listed: ListedFile, path: string): Promise<CheckedFile['state']> {
  const file = openIfPresent(path)
  if (file === undefined) return 'missing'
  using _open = file
  const stats = fstatSync(file.descriptor)
  if (!stats.isFile() || stats.size !== listed.bytes) return 'wrong size'
  const expected = (['md5', 'sha1', 'sha256'] as const).flatMap((algorithm) => {
    const sum = listed[algorithm]
    return sum === undefined ? [] : [{ hash: createHash(algorithm), sum }]
  })
  for await (const chunk of readRange(file, { offset: 0, bytes: listed.bytes })) {
    for (const { hash } of expected) hash.update(chunk)
  }
  return expected.every(({ hash, sum }) => hash.digest('hex') === sum) ? 'ok' : 'wrong checksum'
}

function openIfPresent(path: string): (OpenFile & Disposable) | undefined {
  try {
    return openToRead(path)
  } catch (error) {
    if (error instanceof FactoryError && systemErrorCode(error.cause) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * @returns undefined when it is not signed
 * @throws {FactoryError} PACKAGE_KEY_UNUSABLE, FILE_ACCESS
 */
export async function verifyListing(listing: Listing, options: VerifyOptions): Promise<CheckedKey | undefined> {
  return listing.signedBlock === undefined ? undefined : await verifyClearSigned(listing.signedBlock, options)
}
