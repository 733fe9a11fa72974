/** Whether what the tree holds of a build is what its dkms.conf promises: an artifact must not lack a module in silence. */
import { exclusions } from '../../conf/exclusive.ts'
import { type ConfRequest, loadConf } from '../../conf/load.ts'
import { type AbsolutePath, below, formatKernel, formatPackage, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { Build, TreePackage } from '../../tree/model.ts'

/** What the command line says of the conf: -c and --directive. */
export type GivenConf = Partial<Pick<ConfRequest, 'confFile' | 'directives'>>

/**
 * @param source the directory that holds the dkms.conf
 * @throws {FactoryError} BUILD_INCOMPLETE; CONF_* when the conf cannot be read
 */
export async function assertBuildComplete(
  roots: Roots,
  { id }: TreePackage,
  build: Build,
  source: AbsolutePath,
  given: GivenConf = {},
): Promise<void> {
  const { conf } = await loadConf({
    confFile: below(source, 'dkms.conf'),
    ...given,
    package: id,
    kernel: build.kernel,
    roots,
    strictness: 'lenient',
    trust: 'trusted',
  })
  const excluded = exclusions(conf, build.kernel, undefined).modules
  const missing = conf.modules
    .filter(({ index, destName }) => !excluded.has(index) && !build.files.some(({ module }) => module === destName))
    .map(({ destName }) => `${destName}.ko`)
  if (missing.length === 0) return
  throw new FactoryError(
    'BUILD_INCOMPLETE',
    `the build of ${formatPackage(id)} for kernel ${formatKernel(build.kernel)} lacks ${missing.join(', ')}`,
    { hint: `build it again: dkms build ${formatPackage(id)} -k ${build.kernel.release} --force` },
  )
}
