/** Where the packages go when nobody says. */
import { type AbsolutePath, below } from '../../domain.ts'
import type { PlanOrigin } from '../plan/model.ts'

/** `TREE/M/V/rpm`, as always; of a plain directory, which has no such place, where the command was given. */
export function defaultOutput(origin: PlanOrigin, workingDirectory: () => AbsolutePath): AbsolutePath {
  switch (origin.kind) {
    case 'tree':
      return below(origin.versionDir, 'rpm')
    case 'directory':
      return workingDirectory()
  }
}
