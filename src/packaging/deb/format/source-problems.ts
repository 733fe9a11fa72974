/** What a source tree must be like before it can become a source package: every problem at once, each a sentence. */
import { parseDebVersion } from '../../../version/deb.ts'
import { parseChangelog } from './changelog.ts'
import { entryProblems } from './entry-problems.ts'
import { type DebSourceDescription, type SourceCompression, textOf } from './source-description.ts'
import { isDebian } from './source-tree.ts'
import { packageName, packageVersion } from './validate.ts'

/** @returns one line per problem; none for a tree that can be written, unless debian/control is malformed */
export function sourceProblems(description: DebSourceDescription, compression: SourceCompression): string[] {
  const { format, entries, time, topDirectory = 'x' } = description
  const control = textOf(description, '/debian/control')
  const changelog = textOf(description, '/debian/changelog')
  const stated = textOf(description, '/debian/source/format')
  const declared = stated?.trim() ?? '1.0'
  return [
    ...(control === undefined ? ['there is no debian/control'] : []),
    ...(changelog === undefined ? ['there is no debian/changelog'] : versionProblems(changelog, format)),
    ...(declared === format ? [] : [`debian/source/format says ${JSON.stringify(declared)} and not ${format}`]),
    ...(format === '1.0' && compression !== 'gzip' ? ['format 1.0 has no compression but gzip'] : []),
    ...(/^[A-Za-z0-9_][A-Za-z0-9+.~_-]*$/.test(topDirectory)
      ? []
      : [`${JSON.stringify(topDirectory)} cannot be the directory of a source package`]),
    ...(format === '3.0 (quilt)' && entries.every(({ path }) => isDebian(path))
      ? ['there is nothing but debian, and format 3.0 (quilt) needs a source of its own']
      : []),
    ...(Number.isInteger(time) && time >= 0 ? [] : [`the time of the package is ${time}, not a number of seconds`]),
    ...entryProblems(entries),
  ]
}

function versionProblems(changelog: string, format: DebSourceDescription['format']): string[] {
  const [entry] = parseChangelog(changelog, 'debian/changelog')
  if (entry === undefined) return []
  const { source, version } = entry
  const { revision } = parseDebVersion(version)
  return [
    ...(packageName.test(source) ? [] : [`dpkg does not take the source name ${JSON.stringify(source)}`]),
    ...(packageVersion.test(version) ? [] : [`dpkg does not take the version ${JSON.stringify(version)}`]),
    ...(format === '3.0 (native)' && revision !== ''
      ? [`the version ${version} has a revision, which format 3.0 (native) cannot have`]
      : []),
    ...(format === '3.0 (quilt)' && revision === ''
      ? [`the version ${version} has no revision, which format 3.0 (quilt) needs`]
      : []),
  ]
}
