/** What each finding about a tree means, for a person. */
import type { Dirent } from 'node:fs'
import type { AbsolutePath } from '../domain.ts'
import type { FactoryError } from '../errors.ts'
import { entryPath, isMisread } from './listing.ts'
import type { Anomaly, AnomalyKind } from './model.ts'

const meanings: Readonly<Record<AnomalyKind, string>> = {
  'half-build': 'the build has no module directory: it was interrupted, or its removal was',
  'empty-build': 'the module directory holds no module',
  'unmarked-install': 'the module is installed and the tree does not say so: an install was interrupted',
  'empty-installed-file': 'the installed module is empty: the machine stopped before it was written',
  'empty-built-file': 'the built module is empty: the machine stopped before it was written',
  'dangling-marker': 'the link says that a build is installed, and that build does not exist',
  'stale-build-directory': 'the build directory is left from a build that failed or was interrupted',
  'stale-staging': 'a staging directory is left from an interrupted command',
  'orphaned-originals': 'archived modules of the kernel are kept, and nothing is installed that replaced them',
  'incomplete-build': 'the build lacks modules that dkms.conf promises',
  'missing-installed-file': 'the tree says that the module is installed, and the file is not there',
  'depmod-pending': 'depmod was not run after the last change to the modules of the kernel',
  unreadable: 'it cannot be read',
}

export function anomaly(kind: AnomalyKind, path: AbsolutePath): Anomaly {
  return { kind, path, message: meanings[kind] }
}

/** Entries that nothing can be done with, for their names are not UTF-8. */
export function misread(directory: AbsolutePath, entries: readonly Dirent[]): readonly Anomaly[] {
  return entries
    .filter((entry) => isMisread(directory, entry))
    .map(({ name }) => ({
      kind: 'unreadable',
      path: entryPath(directory, name),
      message: 'its name is not UTF-8, and it is passed over',
    }))
}

export function unreadable(path: AbsolutePath, error: FactoryError): Anomaly {
  return { kind: 'unreadable', path, message: error.message }
}
