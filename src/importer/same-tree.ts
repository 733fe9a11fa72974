/** Whether two directories hold the same: names, kinds, content, link targets, executable bits. */
import { readdirSync, readlinkSync, type Stats } from 'node:fs'
import { lstatOrNone, reading } from '../system/fs.ts'
import { haveSameBytes } from '../tree/same-bytes.ts'

/**
 * @param staged from the archive
 * @param present on the host. Where the archive has no dot files at all, those of the host do not count: DKMS before
 *   3.2.2 left them out of its archives.
 * @throws {FactoryError} FILE_ACCESS
 */
export function sameTree(staged: string, present: string): boolean {
  return reading(present, () => sameDirectory(staged, present, !hasDotFiles(staged)))
}

function hasDotFiles(directory: string): boolean {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).some((path) => /(?:^|\/)\.[^/]*$/.test(path))
}

function sameDirectory(staged: string, present: string, ignoreDotFiles: boolean): boolean {
  const wanted = readdirSync(staged).sort()
  const found = readdirSync(present)
    .filter((name) => !(ignoreDotFiles && name.startsWith('.')))
    .sort()
  if (wanted.length !== found.length || wanted.some((name, index) => name !== found[index])) return false
  return wanted.every((name) => sameEntry(`${staged}/${name}`, `${present}/${name}`, ignoreDotFiles))
}

function sameEntry(staged: string, present: string, ignoreDotFiles: boolean): boolean {
  const [a, b] = [lstatOrNone(staged), lstatOrNone(present)]
  // The name on the host is not UTF-8, which one from an archive always is.
  if (a === undefined || b === undefined) return false
  if (a.isDirectory()) return b.isDirectory() && sameDirectory(staged, present, ignoreDotFiles)
  if (a.isSymbolicLink()) return b.isSymbolicLink() && readlinkSync(staged) === readlinkSync(present)
  return a.isFile() && b.isFile() && isExecutable(a) === isExecutable(b) && haveSameBytes(staged, a.size, present)
}

function isExecutable({ mode }: Stats): boolean {
  return (mode & 0o100) !== 0
}
