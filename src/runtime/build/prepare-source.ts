/** A copy of the source made ready as a build would: for source packages, which are built elsewhere (DKMS 2.x, "mkkmp"). */
import { basename, dirname } from 'node:path'
import { exclusions } from '../../conf/exclusive.ts'
import { loadConf } from '../../conf/load.ts'
import { selectPatches } from '../../conf/select.ts'
import type { FrameworkSettings } from '../../conf/settings.ts'
import {
  type AbsolutePath,
  absolutePath,
  below,
  formatKernel,
  formatPackage,
  type Kernel,
  type PackageId,
  type Roots,
} from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { findKernelSource } from '../../kernel/headers.ts'
import { findKernelConfig, readKconfig } from '../../kernel/kconfig.ts'
import { detectToolchain } from '../../kernel/toolchain.ts'
import type { Report } from '../../report.ts'
import { runScript } from '../scripts.ts'
import { buildEnvironment } from './environment.ts'
import { openMakeLog } from './make-log.ts'
import { applyPatch, assertPatches } from './patches.ts'
import { sourceHasContent } from './workspace.ts'

export interface PrepareSourceRequest {
  readonly roots: Roots
  readonly settings: FrameworkSettings
  readonly package: PackageId
  readonly kernel: Kernel
  /** The copy, which is changed. */
  readonly directory: AbsolutePath
  /** What it is a copy of, for messages. */
  readonly source?: AbsolutePath
  readonly directives: readonly string[]
  readonly kernelSourceDir?: AbsolutePath | undefined
  /** By default true. PRE_BUILD may do anything, also outside of the copy: not for those who only ask. */
  readonly runsScripts?: boolean
  readonly report: Report
}

/**
 * Applies the patches that are for the kernel and runs PRE_BUILD. What the administrator of this host has in /etc/dkms is
 * for this host and takes no part. The headers of the kernel need not be installed.
 *
 * @throws {FactoryError} CONF_*, BUILD_EXCLUDED, SOURCE_EMPTY, PATCH_MISSING, PATCH_FAILED, SCRIPT_FAILED
 */
export async function prepareSource(request: PrepareSourceRequest): Promise<void> {
  const { kernel, directory, source = directory, package: id, directives, report } = request
  const nowhere = below(directory, '.etc-of-no-host')
  const roots = { ...request.roots, etc: nowhere }
  const { dir } = findKernelSource(roots, kernel, request.kernelSourceDir)
  const configPath = findKernelConfig(dir)
  const { conf } = await loadConf({
    confFile: below(directory, 'dkms.conf'),
    package: id,
    kernel,
    roots,
    kernelSourceDir: dir,
    directives,
    overrides: 'ignore',
    strictness: 'strict',
    trust: 'trusted',
  })
  const { packageReason } = exclusions(conf, kernel, configPath === undefined ? undefined : readKconfig(configPath))
  if (packageReason !== undefined) throw excluded(id, kernel, packageReason)
  if (!sourceHasContent(directory)) throw empty(source)
  const patches = selectPatches(conf, kernel)
  assertPatches(patches, directory, nowhere, source)
  const toolchain = await detectToolchain(dir, undefined)
  const environment = await buildEnvironment({ ...request, toolchain })
  using log = openMakeLog(absolutePath(`${dirname(directory)}/${basename(directory)}.log`), id, kernel)
  for (const patch of patches) await applyPatch(patch, directory, log)
  if (request.runsScripts === false) return
  const line = conf.scripts.pre_build
  const logTo = log.descriptor
  await runScript({ roots, package: id, name: 'pre_build', line, directory, environment, logTo, report })
}

function empty(source: string): FactoryError {
  return new FactoryError('SOURCE_EMPTY', `${source} holds nothing to build beside dkms.conf`, {
    hint: 'name the directory with the source of the modules, or load an archive that has it',
  })
}

function excluded(id: PackageId, kernel: Kernel, reason: string): FactoryError {
  return new FactoryError('BUILD_EXCLUDED', `${formatPackage(id)} is not meant for kernel ${formatKernel(kernel)}`, {
    details: [reason],
    hint: 'its dkms.conf says so with BUILD_EXCLUSIVE_*; name another kernel with -k',
  })
}
