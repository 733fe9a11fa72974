/** Everything about one kernel that can be decided before anything is built. */
import { join } from 'node:path'
import { exclusions } from '../../conf/exclusive.ts'
import { loadConf } from '../../conf/load.ts'
import type { DkmsConf, ModuleRecord, PatchRule } from '../../conf/model.ts'
import { selectMake, selectPatches } from '../../conf/select.ts'
import { type AbsolutePath, below, formatKernel, formatPackage, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { findKernelSource } from '../../kernel/headers.ts'
import { findKernelConfig, type Kconfig, readKconfig } from '../../kernel/kconfig.ts'
import { detectToolchain, type Toolchain } from '../../kernel/toolchain.ts'
import type { SigningPlan } from '../../signing/model.ts'
import { dependsMissing, missingDepends } from './depends.ts'
import type { BuildRequest } from './model.ts'
import { assertPatches } from './patches.ts'
import { planSigning } from './signing.ts'
import { assertSourceHasContent } from './workspace.ts'

export interface PreparedKernel {
  readonly kernel: Kernel
  readonly conf: DkmsConf
  /** The modules of the package that this kernel gets. */
  readonly records: readonly ModuleRecord[]
  readonly kernelSourceDir: AbsolutePath
  readonly toolchain: Toolchain
  readonly patches: readonly PatchRule[]
  /** The MAKE directive that fits, if one does. */
  readonly makeRule: string | undefined
  /** BUILD_DEPENDS that are not installed and that --force passes over. */
  readonly unmetDepends: readonly string[]
  readonly signing: SigningPlan
}

/**
 * @throws {FactoryError} CONF_*, BUILD_EXCLUDED, SOURCE_EMPTY, HEADERS_MISSING, BUILD_DEPENDS_MISSING, PATCH_MISSING,
 *   SIGNATURE_REQUIRED:
 *   in this order, which is that of DKMS
 */
export async function prepareKernel(
  request: BuildRequest,
  kernel: Kernel,
  source: AbsolutePath,
): Promise<PreparedKernel> {
  const { roots, report } = request
  const kernelSource = findKernelSource(roots, kernel, request.kernelSourceDir)
  const configPath = findKernelConfig(kernelSource.dir, request.kernelConfig)
  const { conf } = await loadConf({
    confFile: request.confFile ?? below(source, 'dkms.conf'),
    package: request.package,
    kernel,
    roots,
    kernelSourceDir: kernelSource.dir,
    ...(configPath === undefined ? {} : { kernelConfig: configPath }),
    parallelJobs: request.jobs,
    directives: request.directives,
    environment: request.environment,
    strictness: 'strict',
    trust: 'trusted',
  })
  for (const feature of conf.deprecated) report({ kind: 'deprecated', feature, where: join(source, 'dkms.conf') })
  const kconfig = configPath === undefined ? undefined : readKconfig(configPath)
  const records = wantedRecords(request, kernel, conf, kconfig)
  assertSourceHasContent(source)
  if (!kernelSource.present) throw headersMissing(request, kernel, kernelSource.dir)
  const unmetDepends = missingDepends(conf, roots, kernel)
  if (unmetDepends.length > 0 && !request.force) throw dependsMissing(unmetDepends, kernel)
  const patches = selectPatches(conf, kernel)
  assertPatches(patches, source, join(roots.etc, request.package.name, 'patches'))
  return {
    kernel,
    conf,
    records,
    kernelSourceDir: kernelSource.dir,
    toolchain: await detectToolchain(kernelSource.dir, kconfig),
    patches,
    makeRule: selectMake(conf, kernel),
    unmetDepends,
    // Last: a key is not made for a build that cannot begin.
    signing: await planSigning(request, kernel, kernelSource.dir, configPath),
  }
}

function wantedRecords(
  request: BuildRequest,
  kernel: Kernel,
  conf: DkmsConf,
  kconfig: Kconfig | undefined,
): readonly ModuleRecord[] {
  const { packageReason, modules } = exclusions(conf, kernel, kconfig)
  if (packageReason === undefined) return conf.modules.filter((record) => !modules.has(record.index))
  throw new FactoryError(
    'BUILD_EXCLUDED',
    `${formatPackage(request.package)} is not meant for kernel ${formatKernel(kernel)}`,
    { details: [packageReason], hint: 'its dkms.conf says so with BUILD_EXCLUSIVE_*; nothing needs to be done' },
  )
}

function headersMissing(request: BuildRequest, kernel: Kernel, looked: string): FactoryError {
  return new FactoryError(
    'HEADERS_MISSING',
    `the headers of kernel ${formatKernel(kernel)} are not installed: ${looked} has no include directory`,
    {
      hint: `install ${request.headersHint(kernel)}, or name the directory with --kernelsourcedir`,
    },
  )
}
