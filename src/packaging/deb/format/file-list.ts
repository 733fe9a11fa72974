/** The files a .dsc or .changes names, with sizes and checksums (dsc(5) and deb-changes(5) manual pages). */
import { FactoryError } from '../../../errors.ts'
import { type Field, fieldOf, type Stanza } from './deb822.ts'

export interface ListedFile {
  /** A bare file name. */
  readonly name: string
  readonly bytes: number
  /** In hexadecimal, by the algorithms the list has. */
  readonly md5?: string
  readonly sha1?: string
  readonly sha256?: string
  /** Of .changes files. */
  readonly section?: string
  readonly priority?: string
}

const algorithms = { md5: 32, sha1: 40, sha256: 64 } as const
type Algorithm = keyof typeof algorithms

const checksumFields: readonly (readonly [string, Algorithm])[] = [
  ['Checksums-Sha1', 'sha1'],
  ['Checksums-Sha256', 'sha256'],
]

/** Checksums-Sha1, Checksums-Sha256 and Files. */
export function fileListFields(files: readonly ListedFile[]): Field[] {
  const checksums = checksumFields.map(([name, algorithm]) => ({
    name,
    value: multiline(files.map((file) => `${file[algorithm] ?? ''} ${file.bytes} ${file.name}`)),
  }))
  const lines = files.map(({ md5 = '', bytes, section, priority, name }) =>
    [md5, bytes, ...(section === undefined ? [] : [section, priority ?? '-']), name].join(' '),
  )
  return [...checksums, { name: 'Files', value: multiline(lines) }]
}

/** A value that begins on the line below the name of its field. */
export function multiline(lines: readonly string[]): string {
  return ['', ...lines].join('\n')
}

/** A file of a source package or an upload; anything that could leave its directory, or hide in it, is none. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9+.~:@%_=,-]*$/

/** @throws {FactoryError} PACKAGE_INVALID when a list is malformed, or the lists contradict each other */
export function parseFileLists(stanza: Stanza, file: string): ListedFile[] {
  const listed = new Map<string, ListedFile>()
  const main = fieldOf(stanza, 'Files')
  if (main === undefined) throw malformed(file, 'it has no field Files')
  for (const line of linesOf(main)) add(listed, parseLine(line, 'md5', file), file)
  for (const [field, algorithm] of checksumFields) {
    const names = new Set<string>()
    for (const line of linesOf(fieldOf(stanza, field) ?? '')) {
      const one = parseLine(line, algorithm, file)
      const known = listed.get(one.name)
      if (known === undefined || names.has(one.name)) throw malformed(file, `${field} and Files name different files`)
      if (known.bytes !== one.bytes) throw malformed(file, `it tells two sizes of ${one.name}`)
      names.add(one.name)
      listed.set(one.name, { ...known, ...one })
    }
    if (names.size !== 0 && names.size !== listed.size) throw malformed(file, `${field} leaves out some of the files`)
  }
  return [...listed.values()]
}

function add(listed: Map<string, ListedFile>, one: ListedFile, file: string): void {
  if (listed.has(one.name)) throw malformed(file, `it names ${one.name} twice`)
  listed.set(one.name, one)
}

function linesOf(value: string): string[] {
  return value.split('\n').filter((line) => line.trim() !== '')
}

function parseLine(line: string, algorithm: Algorithm, file: string): ListedFile {
  const words = line.trim().split(/\s+/)
  const [sum = '', size = '', ...rest] = words
  const name = rest.at(-1) ?? ''
  const sumIsGood = sum.length === algorithms[algorithm] && /^[0-9a-f]+$/.test(sum)
  if (!sumIsGood || !/^\d{1,15}$/.test(size) || !fileName.test(name) || ![1, 3].includes(rest.length)) {
    throw malformed(file, `${JSON.stringify(line.trim().slice(0, 200))} is not a checksum, a size and a file name`)
  }
  const [section, priority] = rest
  return {
    name,
    bytes: Number(size),
    [algorithm]: sum,
    ...(rest.length === 3 && section !== undefined && priority !== undefined ? { section, priority } : {}),
  }
}

function malformed(file: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${file} is not valid: ${why}`, { hint: 'fetch or make the file again' })
}
