/** A package source on disk as lint looks at it. What cannot be read is a finding, and the rest is read all the same. */
import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { isFactoryError } from '../errors.ts'
import { fileError, systemErrorCode } from '../system/fs.ts'
import { type Finding, type PackageFile, toDiagnostic } from './lint-context.ts'
import type { Diagnostic } from './model.ts'

export interface PackageFiles {
  readonly files: readonly PackageFile[]
  /** Small files beside the conf, by name: some confs read their version from one. */
  readonly texts: Readonly<Record<string, string>>
  readonly findings: readonly Diagnostic[]
}

/** @param shown what findings call the directory */
export function readPackageFiles(directory: string, shown: string): PackageFiles {
  const walk = new Walk(shown)
  walk.enter(Buffer.from(directory), '')
  return walk
}

const largestText = 64 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Paths are bytes here: a name that is no UTF-8 has no text that leads back to it. */
class Walk implements PackageFiles {
  readonly files: PackageFile[] = []
  readonly texts: Record<string, string> = {}
  readonly findings: Diagnostic[] = []
  private readonly shown: string

  constructor(shown: string) {
    this.shown = shown
  }

  /** @param below its path below the package, empty for the package itself */
  enter(directory: Buffer, below: string): void {
    const entries = this.attempt(below, () => readdirSync(directory, { withFileTypes: true, encoding: 'buffer' }))
    const inOrder = [...(entries ?? [])].sort((a, b) => Buffer.compare(a.name, b.name))
    for (const entry of inOrder) this.take(entry, Buffer.concat([directory, slash, entry.name]), below)
  }

  private take(entry: Dirent<Buffer>, path: Buffer, directory: string): void {
    const name = decode(entry.name)
    const below = join(directory, name ?? entry.name.toString())
    if (name === undefined) return this.report(below, 'NAME_NOT_UTF8', `the name ${below} is not UTF-8`)
    const stats = this.attempt(below, () => statSync(path, { throwIfNoEntry: false }))
    if (stats === undefined) return
    this.files.push({ path: below, kind: kindOf(stats), executable: (stats.mode & 0o111) !== 0 })
    if (entry.isDirectory()) this.enter(path, below)
    if (entry.isFile() && directory === '' && stats.size <= largestText) this.takeText(name, path)
  }

  private takeText(name: string, path: Buffer): void {
    const text = this.attempt(name, () => readFileSync(path, 'utf8'))
    if (text !== undefined) this.texts[name] = text
  }

  private attempt<Result>(below: string, read: () => Result): Result | undefined {
    try {
      return read()
    } catch (error) {
      // It went away while the directory was read.
      if (systemErrorCode(error) === 'ENOENT' && below !== '') return undefined
      const { message } = fileError(error, 'read', join(this.shown, below))
      this.report(below, 'FILE_UNREADABLE', message)
      return undefined
    }
  }

  private report(below: string, code: Finding['code'], message: string): void {
    this.findings.push(toDiagnostic({ code, message }, join(this.shown, below)))
  }
}

const slash = Buffer.from('/')

function decode(name: Buffer): string | undefined {
  try {
    return utf8.decode(name)
  } catch {
    return undefined
  }
}

function kindOf(stats: Stats): PackageFile['kind'] {
  if (stats.isDirectory()) return 'directory'
  return stats.isFile() ? 'file' : 'other'
}

/**
 * The files beside a conf that it names, for a conf that lies anywhere: the directory need not be a package, and may
 * hold a great deal.
 */
export function readTextsNamedIn(conf: string, directory: string): Readonly<Record<string, string>> {
  const names = new Set(conf.match(/[\w+~-][\w.+~-]*/g))
  const texts: Record<string, string> = {}
  for (const name of names) {
    const text = readSmallText(join(directory, name))
    if (text !== undefined) texts[name] = text
  }
  return texts
}

function readSmallText(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats?.isFile() === true && stats.size <= largestText ? readFileSync(path, 'utf8') : undefined
  } catch (error) {
    // The conf finds no such file then, and what depends on it is a finding.
    if (isFactoryError(fileError(error, 'read', path))) return undefined
    throw error
  }
}
