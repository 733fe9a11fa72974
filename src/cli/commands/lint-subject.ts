import { basename, dirname, join } from 'node:path'
import { readPackageFiles, readTextsNamedIn } from '../../conf/package-files.ts'
import { readConfFile } from '../../conf/read-file.ts'
import { looksLikeConf } from '../../conf/recognise-conf.ts'
import type { AbsolutePath } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { absoluteFromHere } from '../../system/env.ts'
import { isDirectory, isFile, lstatOrNone } from '../../system/fs.ts'
import type { Session } from '../session.ts'
import type { Checked } from './lint-checked.ts'

/** @throws {FactoryError} when the word names nothing that can be checked, with the code of the reason */
export async function openSubject(session: Session, word: string): Promise<Checked> {
  const path = absoluteFromHere(word)
  if (isDirectory(path)) return openDirectory(path, word)
  if (!isFile(path)) throw noSubject(path, word)
  const { recognise } = await import('../../importer/recognise.ts')
  const found = await recognise(path)
  if (found.kind !== 'unknown' || found.guess !== undefined) return openArchive(session, path, word)
  if (basename(path) === 'dkms.conf') return openPackage(dirname(path), path, word)
  return openLoneConf(path, word)
}

const whatToName = 'name a source directory, a dkms.conf or an archive'

function noSubject(path: AbsolutePath, word: string): FactoryError {
  const what = lstatOrNone(path) === undefined ? 'does not exist' : 'is neither a file nor a directory'
  return new FactoryError('ARCHIVE_MISSING', `${word} ${what}`, { hint: whatToName })
}

function openDirectory(directory: string, shown: string): Checked {
  const conf = join(directory, 'dkms.conf')
  if (!isFile(conf)) {
    throw new FactoryError('CONF_NOT_FOUND', `${shown} holds no dkms.conf`, {
      hint: 'name the directory that holds it, or the file itself',
    })
  }
  return openPackage(directory, conf, join(shown, 'dkms.conf'))
}

function openPackage(directory: string, conf: string, shown: string): Checked {
  return { text: readConfFile(conf), file: shown, ...readPackageFiles(directory, dirname(shown)) }
}

/** A conf of any name: what lies beside it need not belong to it. */
function openLoneConf(path: string, shown: string): Checked {
  const text = textOf(path)
  const name = basename(path)
  if (text === undefined || !(looksLikeConf(text, name) || name.includes('dkms.conf'))) {
    throw new FactoryError('ARCHIVE_UNREADABLE', `${shown} is neither a dkms.conf nor an archive`, { hint: whatToName })
  }
  return { text, file: shown, texts: readTextsNamedIn(text, dirname(path)) }
}

/** @returns undefined for what is too large for a conf */
function textOf(path: string): string | undefined {
  try {
    return readConfFile(path)
  } catch (error) {
    if (isFactoryError(error, 'CONF_UNREADABLE') && error.cause === undefined) return undefined
    throw error
  }
}

async function openArchive(session: Session, path: AbsolutePath, word: string): Promise<Checked> {
  const { readArchive } = await import('./lint-archive.ts')
  return readArchive(session, path, word)
}
