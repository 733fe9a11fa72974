/** What the words of a command line mean: a package, a source directory or an archive, by the rules of dkms(8). */
import { basename, dirname, join } from 'node:path'
import type { AbsolutePath } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { absoluteFromHere } from '../system/env.ts'
import { isDirectory, isFile } from '../system/fs.ts'
import { assertSafeName } from '../tree/names.ts'
import type { CommandLine } from './grammar.ts'
import { lastOption } from './session.ts'

export interface Target {
  readonly name?: string
  readonly version?: string
  /** A directory that holds dkms.conf. */
  readonly source?: AbsolutePath
  readonly archive?: AbsolutePath
}

/**
 * A word that is an existing dkms.conf, a directory holding one, or any other file is taken as that; the first other
 * word is `module[/version]`. A word nothing can be made of is warned about and passed over, as dkms does.
 */
export function readTarget(line: CommandLine, report: Report): Target {
  const target: { name?: string; version?: string; source?: AbsolutePath; archive?: AbsolutePath } = {}
  takePackage(target, lastOption(line.options, 'module'))
  const version = lastOption(line.options, 'package-version')
  if (version !== undefined) target.version = version
  const archive = lastOption(line.options, 'archive')
  if (archive !== undefined && line.verb !== 'mktarball') target.archive = absoluteFromHere(archive)
  for (const word of line.words) {
    const source = sourceIn(word)
    if (source !== undefined && target.source === undefined) target.source = source
    else if (source === undefined && isNamedFile(word) && target.archive === undefined) {
      target.archive = absoluteFromHere(word)
    } else if (source === undefined && !isNamedFile(word) && target.name === undefined) takePackage(target, word)
    else reportUnused(word, report)
  }
  if (target.name !== undefined) assertSafeName('package name', target.name)
  if (target.version !== undefined) assertSafeName('package version', target.version)
  return target
}

/** @throws {FactoryError} FILE_ACCESS for what can only be a path and may not be looked at */
function isNamedFile(word: string, ...parts: readonly string[]): boolean {
  try {
    return isFile(join(word, ...parts))
  } catch (error) {
    // `foo/1.0` in a working directory that this user may not look into is a package.
    if (isFactoryError(error, 'FILE_ACCESS') && !isSurelyPath(word)) return false
    throw error
  }
}

function isSurelyPath(word: string): boolean {
  return /^\.{0,2}\//.test(word)
}

/** The directory that a word means: a dkms.conf, or what holds one. */
function sourceIn(word: string): AbsolutePath | undefined {
  if (isNamedFile(word)) return basename(word).endsWith('dkms.conf') ? absoluteFromHere(dirname(word)) : undefined
  return isNamedFile(word, 'dkms.conf') ? absoluteFromHere(word) : undefined
}

function takePackage(target: { name?: string; version?: string }, word: string | undefined): void {
  if (word === undefined || word === '') return
  if (isSurelyPath(word)) throw noConf(word)
  const slash = word.indexOf('/')
  target.name = slash === -1 ? word : word.slice(0, slash)
  if (slash !== -1 && slash < word.length - 1) target.version = word.slice(slash + 1)
}

function noConf(word: string): FactoryError {
  return new FactoryError('ARGUMENT_MISSING', `${word} is neither a package nor a directory with a dkms.conf`, {
    hint: 'name a package as M/V, or a directory or archive that holds a dkms.conf',
  })
}

/**
 * The archive that a command is about: --archive, or else the first word, whatever it looks like.
 *
 * @throws {FactoryError} ARCHIVE_MISSING, also for what cannot be an archive
 */
export function readArchive(line: CommandLine, report: Report): AbsolutePath {
  const option = lastOption(line.options, 'archive')
  const [archive, ...others] = option === undefined ? line.words : [option, ...line.words]
  for (const word of others) reportUnused(word, report)
  if (archive === undefined || archive === '') {
    throw new FactoryError('ARCHIVE_MISSING', 'no archive was named', { hint: 'name the archive to load' })
  }
  if (archive === '-') {
    throw new FactoryError('ARCHIVE_MISSING', 'archives are read from files, not from standard input', {
      hint: 'write it to a file first, and name that',
    })
  }
  const path = absoluteFromHere(archive)
  if (isDirectory(path)) {
    throw new FactoryError('ARCHIVE_MISSING', `${archive} is a directory, not an archive`, {
      hint: `a package source in a directory is brought in with: add ${archive}`,
    })
  }
  return path
}

function reportUnused(word: string, report: Report): void {
  report({ kind: 'warning', message: `nothing is known to do with the word ${JSON.stringify(word)}` })
}

/** @throws {FactoryError} ARGUMENT_MISSING when name or version is absent */
export function requirePackage(target: Target): { name: string; version: string } {
  const { name, version } = target
  if (name !== undefined && version !== undefined) return { name, version }
  const list = '`dkms status` lists the packages of the tree'
  if (name === undefined) {
    throw new FactoryError('ARGUMENT_MISSING', 'the package name and version are missing', {
      hint: `give them as M/V or as -m M -v V; ${list}`,
    })
  }
  throw new FactoryError('ARGUMENT_MISSING', `the version of ${name} is missing`, {
    hint: `give it as ${name}/V or as -m ${name} -v V; ${list}`,
  })
}
