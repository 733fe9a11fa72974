/** Builds whose modules are missing or empty. */

import { removeBuild } from '../../tree/change.ts'
import { rebuild } from '../rebuild.ts'
import type { OnBuild } from './model.ts'
import { doing, type Remedy, type RepairRequest } from './model.ts'

/**
 * They are built again, and installed again where they are installed. When that fails, what nothing depends on is
 * deleted; an installed module is never taken away for it, since the machine may need it.
 */
export function buildAgain(request: RepairRequest, { entry, build, id, kernel, about }: OnBuild): Remedy {
  const fallback = build.installed ? '' : '; when that fails, delete the build'
  if (entry.source.kind === 'binaries-only') {
    if (build.installed) {
      return { kind: 'advice', text: `load the archive of ${about} again with ldtarball --force and install it again` }
    }
    return doing(`delete ${build.dir}, which cannot be built here`, () => removeBuild(request.roots, id, kernel))
  }
  return {
    kind: 'action',
    text: `build ${about} again${build.installed ? ' and install it again' : ''}${fallback}`,
    carryOut: async () => {
      const [outcome] = await rebuild({ ...request, package: id, kernels: [kernel] })
      if (outcome?.state === 'rebuilt') return undefined
      const error = outcome?.state === 'failed' ? outcome.error : undefined
      if (build.installed) {
        return `it could not be built again: ${error?.message ?? ''}${error?.hint === undefined ? '' : `; ${error.hint}`}; then run repair again`
      }
      removeBuild(request.roots, id, kernel)
      return undefined
    },
  }
}
