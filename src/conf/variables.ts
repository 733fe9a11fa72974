/** The variables a dkms.conf finds set (DKMS man page, "dkms.conf"; parallel_jobs and install_tree are used in the wild). */
import type { Kernel, PackageId, Roots } from '../domain.ts'

export interface VariableContext {
  readonly roots: Roots
  readonly kernel: Kernel
  /** Not known yet while a package is being added from a directory. */
  readonly package?: PackageId
  readonly kernelSourceDir?: string
  readonly kernelConfig?: string
  readonly parallelJobs?: number
}

export function evaluationVariables(context: VariableContext): Record<string, string> {
  const { roots, kernel } = context
  const sourceDir = context.kernelSourceDir ?? `${roots.installTree}/${kernel.release}/build`
  return {
    kernelver: kernel.release,
    arch: kernel.arch,
    kernel_source_dir: sourceDir,
    kernel_config: context.kernelConfig ?? `${sourceDir}/.config`,
    dkms_tree: roots.dkmsTree,
    source_tree: roots.sourceTree,
    install_tree: roots.installTree,
    module: context.package?.name ?? '',
    module_version: context.package?.version ?? '',
    parallel_jobs: String(context.parallelJobs ?? 1),
  }
}
