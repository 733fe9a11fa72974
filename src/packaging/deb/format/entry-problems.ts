/** What is wrong with a list of files that shall go into an archive. */
import type { PackageEntry } from '../../package-model.ts'

/** @returns one line per problem */
export function entryProblems(entries: readonly PackageEntry[]): string[] {
  const leaves = new Set(entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => path))
  const seen = new Set<string>()
  return entries.flatMap((entry) => {
    const twice = seen.has(entry.path)
    seen.add(entry.path)
    const inside = parents(entry.path).find((parent) => leaves.has(parent))
    return [
      ...(twice ? [`${quote(entry.path)} is listed twice`] : []),
      ...(inside === undefined ? [] : [`${quote(entry.path)} lies below ${quote(inside)}, which is no directory`]),
      ...(isPath(entry) ? [] : [`${quote(entry.path)} cannot be the place of a file`]),
      ...attributeProblems(entry),
    ]
  })
}

function quote(text: string): string {
  return JSON.stringify(text)
}

function parents(path: string): string[] {
  const found: string[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) found.push(path.slice(0, end))
  return found
}

/** Absolute, and as it would be after normalising it. */
function isPath({ path, kind }: PackageEntry): boolean {
  if (path === '/') return kind === 'directory'
  const parts = path.slice(1).split('/')
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255)
  return path.startsWith('/') && plain && isPlainText(path)
}

function isPlainText(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed()
}

function attributeProblems(entry: PackageEntry): string[] {
  const path = quote(entry.path)
  const owners = [entry.user, entry.group].filter((name) => name !== undefined && !/^[^\s:\p{Cc}]{1,31}$/u.test(name))
  const badMode = 'mode' in entry && !(Number.isInteger(entry.mode) && entry.mode >= 0 && entry.mode <= 0o7777)
  const badTarget = entry.kind === 'symlink' && (entry.target === '' || !isPlainText(entry.target))
  return [
    ...(Number.isInteger(entry.mtime) && entry.mtime >= 0 ? [] : [`the time of ${path} is ${entry.mtime}`]),
    ...owners.map((name) => `${quote(name ?? '')} cannot own ${path}`),
    ...(badMode ? [`${path} has the mode ${entry.mode.toString(8)}`] : []),
    ...(badTarget ? [`the link ${path} leads to ${quote(entry.target)}`] : []),
  ]
}
