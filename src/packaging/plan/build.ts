/** What a build in the tree brings into a package. */
import type { DkmsConf } from '../../conf/model.ts'
import { type Kernel, sameKernel } from '../../domain.ts'
import { suffixOf } from '../../kernel/compression.ts'
import { readModuleInfo } from '../../kernel/modinfo.ts'
import type { TreePaths } from '../../tree/layout.ts'
import type { BuiltFile, TreePackage } from '../../tree/model.ts'
import type { PlannedBuild, PlannedModule } from './model.ts'
import { plannedEntry } from './source.ts'
import { type Problem, unpackable, walkDirectory, walkFile } from './walk.ts'

export interface BuildRequest {
  readonly found: TreePackage
  readonly paths: Pick<TreePaths, 'kernelDir'>
  readonly kernel: Kernel
  /** dkms.conf as evaluated for the kernel. */
  readonly conf: DkmsConf
  readonly clampTime: number
}

/**
 * @throws {FactoryError} ELF_INVALID when a built file is no module; SOURCE_UNPACKABLE; FILE_ACCESS
 */
export async function planBuild({ found, paths, kernel, conf, clampTime }: BuildRequest): Promise<PlannedBuild> {
  const problems: Problem[] = []
  const { entries } = walkDirectory(paths.kernelDir(found.id, kernel), problems)
  if (problems.length > 0) throw unpackable(problems)
  const modules = await Promise.all(builtFiles(found, kernel).map((file) => planModule(file, conf, clampTime)))
  return {
    kernel,
    modules: modules.sort((a, b) => rankOf(a, conf) - rankOf(b, conf)),
    entries: entries.map((entry) => plannedEntry(entry, clampTime)),
  }
}

function builtFiles(found: TreePackage, kernel: Kernel): readonly BuiltFile[] {
  return found.builds.find((build) => sameKernel(build.kernel, kernel))?.files ?? []
}

async function planModule(file: BuiltFile, conf: DkmsConf, clampTime: number): Promise<PlannedModule> {
  const { content, mtime } = walkFile(file.name, file.path)
  return {
    name: file.module,
    fileName: file.name,
    compression: suffixOf(file.name) ?? '',
    content,
    mtime: Math.min(mtime, clampTime),
    record: conf.modules.find(({ destName }) => destName === file.module),
    info: await readModuleInfo(file.path),
  }
}

/** Modules that dkms.conf does not name come last; sorting keeps the order of their names. */
function rankOf({ record }: PlannedModule, conf: DkmsConf): number {
  return record?.index ?? conf.modules.length
}
