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
  const rules = patterns.map(translate)
  const names = expressionsOf(rules.filter(({ wholePath }) => !wholePath))
  const paths = expressionsOf(rules.filter(({ wholePath }) => wholePath))
  return (path, isDirectory) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return names(isDirectory).test(name) || paths(isDirectory).test(path)
  }
}

/** One expression for all: compiling one for each would take longer than looking at the files of most packages. */
function expressionsOf(rules: readonly Rule[]): (isDirectory: boolean) => RegExp {
  const forDirectories = oneOf(rules)
  const forOthers = oneOf(rules.filter(({ directoriesOnly }) => !directoriesOnly))
  return (isDirectory) => (isDirectory ? forDirectories : forOthers)
}

function oneOf(rules: readonly Rule[]): RegExp {
  return rules.length === 0 ? /(?!)/ : new RegExp(`^(?:${rules.map(({ source }) => source).join('|')})$`, 's')
}

interface Rule {
  /** Of a regular expression for the whole of a name or path. */
  readonly source: string
  readonly wholePath: boolean
  readonly directoriesOnly: boolean
}

function translate(pattern: string): Rule {
  const directoriesOnly = pattern.endsWith('/')
  const trimmed = pattern.replace(/^\.?\/|\/+$/g, '')
  const wholePath = /^\.?\//.test(pattern) || trimmed.includes('/')
  const source = trimmed.replace(
    /\*\*\/|\*\*|[*?]|[^*?]+/g,
    (piece) => translations[piece] ?? piece.replace(/[\\^$.|+()[\]{}/]/g, '\\$&'),
  )
  return { source, wholePath, directoriesOnly }
}

const translations: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
}
