/** BUILD_DEPENDS: packages that must be installed for the kernel before this one is built (DKMS 3.1.4 and newer). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DkmsConf } from '../../conf/model.ts'
import { formatKernel, type Kernel, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { isDirectory, lstatOrNone } from '../../system/fs.ts'
import { builtVersions } from '../../tree/built-versions.ts'
import { treePaths } from '../../tree/layout.ts'

export function missingDepends(conf: DkmsConf, roots: Roots, kernel: Kernel): string[] {
  return conf.buildDepends.filter((name) => !isInstalled(roots, name, kernel))
}

function isInstalled(roots: Roots, name: string, kernel: Kernel): boolean {
  const marker = treePaths(roots).marker(name, kernel)
  return (lstatOrNone(marker)?.isSymbolicLink() ?? false) && isDirectory(join(marker, 'module'))
}

export function dependsMissing(names: readonly string[], kernel: Kernel): FactoryError {
  const which =
    names.length === 1
      ? `the package ${names.join()}, which it needs, is`
      : `the packages ${names.join(', ')}, which it needs, are`
  return new FactoryError('BUILD_DEPENDS_MISSING', `${which} not installed for kernel ${formatKernel(kernel)}`, {
    hint: `install first: ${names.map((name) => `dkms install ${name}/VERSION -k ${kernel.release}`).join('; ')}; or build with --force`,
  })
}

/**
 * Records the versions that were there at build time, one file each, for BUILD_DEPENDS_REBUILD (DKMS 3.2).
 * @param stage the staged build directory of the kernel
 */
export function recordDepends(conf: DkmsConf, roots: Roots, kernel: Kernel, stage: string): void {
  if (!conf.buildDependsRebuild) return
  for (const name of conf.buildDepends) {
    const newest = builtVersions(roots, name, kernel).at(-1)
    if (newest !== undefined) writeFileSync(join(stage, `.dep_${name}`), `${newest}\n`)
  }
}
