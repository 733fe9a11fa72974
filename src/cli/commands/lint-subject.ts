import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { PackageFile } from '../../conf/lint.ts'
import { readConfFile } from '../../conf/read-file.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, isFile } from '../../system/fs.ts'

/** What is checked: a conf and the files around it, wherever they came from. */
export interface Checked {
  readonly text: string
  /** What findings call the conf. */
  readonly file: string
  readonly files: readonly PackageFile[]
  /** The files the conf may read while it is evaluated, by path. */
  readonly texts: Readonly<Record<string, string>>
}

export function openDirectory(directory: string, shown: string): Checked {
  const conf = join(directory, 'dkms.conf')
  if (!isFile(conf)) {
    throw new FactoryError('CONF_NOT_FOUND', `${shown} holds no dkms.conf`, {
      hint: 'name the directory that holds it, or the file itself',
    })
  }
  return openConf(directory, conf, join(shown, 'dkms.conf'))
}

export function openConf(directory: string, conf: string, shown: string): Checked {
  return { text: readConfFile(conf), file: shown, files: listFiles(directory), texts: readTexts(directory) }
}

function listFiles(directory: string): PackageFile[] {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive: true }).flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats === undefined) return []
      const kind = stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other'
      return [{ path: relative(directory, path), kind, executable: (stats.mode & 0o111) !== 0 } as const]
    })
  } catch (error) {
    throw fileError(error, 'list', directory)
  }
}

const largestText = 64 * 1024

/** Small files beside the conf: some confs read their version from one. */
function readTexts(directory: string): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isFile() && statSync(path).size <= largestText) texts[entry.name] = readFileSync(path, 'utf8')
  }
  return texts
}
