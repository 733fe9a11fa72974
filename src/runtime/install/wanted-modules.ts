/** The modules of a build that are to be installed, each checked for the kernel. */
import type { DkmsConf } from '../../conf/model.ts'
import { formatKernel, formatPackage, type Kernel, type PackageId, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { readModuleInfo, vermagicRelease } from '../../kernel/modinfo.ts'
import { kernelFlags, vermagicFlags } from '../../kernel/own-vermagic.ts'
import type { Report } from '../../report.ts'
import { builtFileOf } from '../../tree/installed-files.ts'
import type { Build } from '../../tree/model.ts'
import { wantedRecords } from '../module-records.ts'
import type { WantedModule } from './plan-install.ts'

export interface WantedRequest {
  readonly roots: Roots
  readonly package: PackageId
  readonly kernel: Kernel
  readonly force: boolean
  readonly report: Report
}

/**
 * @throws {FactoryError} BUILT_MODULE_MISSING when the tree lacks one, or holds an empty file for it; VERMAGIC_MISMATCH
 *   when one was built for another kernel, which --force makes a warning; ELF_INVALID
 */
export async function wantedModules(request: WantedRequest, conf: DkmsConf, build: Build): Promise<WantedModule[]> {
  const wanted: WantedModule[] = []
  const flags = await kernelFlags(request.roots, request.kernel)
  for (const record of await wantedRecords(conf, request.roots, request.kernel)) {
    const built = builtFileOf(build, record.destName)
    if (built === undefined || built.bytes === 0) throw missing(request, record.destName, built !== undefined)
    const info = await readModuleInfo(built.path)
    checkVermagic(request, record.destName, misfit(info.vermagic, request.kernel, flags))
    wanted.push({ record, built, identity: { version: info.version, srcversion: info.srcversion } })
  }
  return wanted
}

function missing({ package: id, kernel }: WantedRequest, module: string, empty: boolean): FactoryError {
  const what = empty ? `holds an empty file for the module ${module}` : `lacks the module ${module}`
  return new FactoryError(
    'BUILT_MODULE_MISSING',
    `the build of ${formatPackage(id)} for kernel ${formatKernel(kernel)} ${what}`,
    { hint: `build it again: dkms build ${formatPackage(id)} -k ${kernel.release} --force` },
  )
}

/** Why the kernel would not load a module of this vermagic; undefined when it would. */
function misfit(vermagic: string | undefined, kernel: Kernel, flags: string | undefined): string | undefined {
  if (vermagic === undefined) return 'has no vermagic'
  const release = vermagicRelease(vermagic)
  if (release !== kernel.release) return `was built for kernel ${release}`
  const own = vermagicFlags(vermagic)
  if (flags === undefined || own === flags) return undefined
  return `was built for another configuration of the kernel (its vermagic says "${own}", the kernel's "${flags}")`
}

function checkVermagic({ kernel, force, report }: WantedRequest, module: string, why: string | undefined): void {
  if (why === undefined) return
  const error = new FactoryError(
    'VERMAGIC_MISMATCH',
    `the module ${module} ${why} and kernel ${kernel.release} would not load it`,
    { hint: 'build it again for this kernel; --force installs it nevertheless' },
  )
  if (!force) throw error
  report({ kind: 'warning', code: error.code, message: error.message })
}
