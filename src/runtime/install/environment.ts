/** The variables that the scripts of a package see (dkms(8)), --directive included. */
import type { Kernel, PackageId } from '../../domain.ts'
import { directiveVariables } from '../build/environment.ts'

export function scriptVariables(id: PackageId, kernel: Kernel, directives: readonly string[]): Record<string, string> {
  return {
    kernelver: kernel.release,
    arch: kernel.arch,
    module: id.name,
    module_version: id.version,
    ...directiveVariables(directives),
  }
}
