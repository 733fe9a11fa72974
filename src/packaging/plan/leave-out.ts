/** Which files of a source directory are not part of the package. */
import type { LeavesOut } from './walk.ts'

/**
 * What version control systems and editors keep beside the files people write, and packages: made in the source directory,
 * they would be part of the next ones. Objects of an earlier build are not in this list: some packages are made of them, and
 * lint tells the others.
 */
export const alwaysLeftOut: readonly string[] = [
  '.git*',
  '.hg*',
  '.svn/',
  '.bzr/',
  '.bzrignore',
  'CVS/',
  '.cvsignore',
  '_darcs/',
  '.jj/',
  '*~',
  '#*#',
  '.#*',
  '.*.sw?',
  '*.rpm',
  '*.deb',
  '*.dsc',
  '*.changes',
]

/**
 * Patterns as in packaging.yaml: `*` and `?` match within a name, `**` any number of directories. A pattern without a
 * slash matches a name anywhere, one with a slash a path from the top. A slash at the end means directories only.
 */
export function leavesOut(patterns: readonly string[]): LeavesOut {
  const rules = patterns.map(compile)
  return (path, isDirectory) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return rules.some(
      ({ expression, wholePath, directoriesOnly }) =>
        (isDirectory || !directoriesOnly) && expression.test(wholePath ? path : name),
    )
  }
}

interface Rule {
  readonly expression: RegExp
  readonly wholePath: boolean
  readonly directoriesOnly: boolean
}

function compile(pattern: string): Rule {
  const directoriesOnly = pattern.endsWith('/')
  const trimmed = pattern.replace(/^\.?\/|\/+$/g, '')
  const wholePath = /^\.?\//.test(pattern) || trimmed.includes('/')
  const source = trimmed.replace(
    /\*\*\/|\*\*|[*?]|[^*?]+/g,
    (piece) => translations[piece] ?? piece.replace(/[\\^$.|+()[\]{}/]/g, '\\$&'),
  )
  return { expression: new RegExp(`^${source}$`, 's'), wholePath, directoriesOnly }
}

const translations: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
}
