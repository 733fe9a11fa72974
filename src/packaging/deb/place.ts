/** Where Debian packages go unless --output says otherwise. */
import { dirname } from 'node:path'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import type { PlanOrigin } from '../plan/model.ts'

export type DebFolder = 'deb' | 'dsc' | 'bmdeb'

/** `TREE/M/V/deb` and so on, as always; of a plain directory, beside it: what DKMS 2.x did with its temporary trees. */
export function defaultDebOutput(origin: PlanOrigin, folder: DebFolder): AbsolutePath {
  switch (origin.kind) {
    case 'tree':
      return below(origin.versionDir, folder)
    case 'directory':
      return absolutePath(dirname(origin.directory))
  }
}
