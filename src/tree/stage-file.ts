/** Single files on their way into a tree: staged on the file system of the target, whatever file system they come from. */
import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type { AbsolutePath, Roots } from '../domain.ts'
import { systemErrorCode } from '../system/fs.ts'
import { changing } from './changing.ts'
import { placing, type Step } from './journal.ts'
import { stagingPlace } from './staging.ts'

/** A copy of `from` with its mode; blocks are shared where the file system can. */
export function placingCopy(roots: Roots, from: AbsolutePath, target: AbsolutePath): Step {
  const staged = stagingPlace(roots, target)
  changing(`copy ${from}`, staged, () => copyFileSync(from, staged, constants.COPYFILE_FICLONE))
  return placing(staged, target)
}

export function placingLink(roots: Roots, text: string, target: AbsolutePath): Step {
  const staged = stagingPlace(roots, target)
  changing('create', staged, () => symlinkSync(text, staged))
  return placing(staged, target)
}

export function placingText(roots: Roots, text: string, target: AbsolutePath): Step {
  const staged = stagingPlace(roots, target)
  changing('write', staged, () => writeFileSync(staged, text))
  return placing(staged, target)
}

/**
 * The file itself under a second name, which keeps all its attributes; across file systems, or mounts of one, a copy with
 * mode and time. The first name is for another step to delete. A symbolic link is carried as it is written.
 */
export function placingSecondName(roots: Roots, from: AbsolutePath, target: AbsolutePath): Step {
  const staged = stagingPlace(roots, target)
  changing(`stage ${from}`, staged, () => {
    try {
      linkSync(from, staged)
    } catch (error) {
      // EPERM: file systems without links, and protected_hardlinks for files of others.
      if (!['EXDEV', 'EPERM', 'EMLINK', 'EOPNOTSUPP'].includes(systemErrorCode(error) ?? '')) throw error
      copyAsIs(from, staged)
    }
  })
  return placing(staged, target)
}

function copyAsIs(from: AbsolutePath, to: AbsolutePath): void {
  const stats = lstatSync(from)
  if (stats.isSymbolicLink()) return symlinkSync(readlinkSync(from), to)
  copyFileSync(from, to)
  utimesSync(to, stats.atime, stats.mtime)
}
