/**
 * BUILD_DEPENDS_REBUILD (DKMS 3.2): packages that were built against another version of a package they depend on are
 * built and installed again when that one is installed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { formatKernel, formatPackage, type Kernel, type PackageId, sameKernel, samePackage } from '../../domain.ts'
import { type FactoryError, isFactoryError } from '../../errors.ts'
import { builtVersions } from '../../tree/built-versions.ts'
import { loadTree } from '../../tree/load.ts'
import type { Build, TreePackage } from '../../tree/model.ts'
import { buildPackage } from '../build/build.ts'
import { firstFailure } from '../build/model.ts'
import type { InstallOutcome, InstallRequest } from './model.ts'

type InstallBuilt = (request: InstallRequest, kernel: Kernel) => Promise<InstallOutcome>

interface Dependant {
  readonly entry: TreePackage
  readonly build: Build
  /** Version at build time, by package name. */
  readonly depends: ReadonlyMap<string, string>
}

/**
 * What fails for one dependant is told as a warning; the package that was asked for is installed.
 *
 * @param installBuilt installs one built package without looking for dependants again, and without depmod
 * @returns the packages that were built and installed again, in the order of their dependencies
 */
export async function rebuildDependants(
  request: InstallRequest,
  kernel: Kernel,
  installBuilt: InstallBuilt,
): Promise<readonly PackageId[]> {
  const rebuilt: PackageId[] = []
  for (;;) {
    const next = nextOutdated(request, kernel, rebuilt)
    if (next === undefined) return rebuilt
    rebuilt.push(next.entry.id)
    await rebuild(request, kernel, next, installBuilt)
  }
}

/** Of several, one that depends on no other outdated one. */
function nextOutdated(request: InstallRequest, kernel: Kernel, done: readonly PackageId[]): Dependant | undefined {
  const outdated = dependants(request, kernel).filter(
    ({ entry, depends }) => !done.some((id) => samePackage(id, entry.id)) && isOutdated(request, kernel, depends),
  )
  const names = new Set(outdated.map(({ entry }) => entry.id.name))
  return outdated.find(({ depends }) => ![...depends.keys()].some((name) => names.has(name))) ?? outdated[0]
}

function dependants({ roots }: InstallRequest, kernel: Kernel): readonly Dependant[] {
  return loadTree(roots).packages.flatMap((entry) => {
    const build = entry.builds.find((one) => one.state === 'built' && sameKernel(one.kernel, kernel))
    const depends = build === undefined ? new Map<string, string>() : recordedDepends(build)
    return build === undefined || depends.size === 0 || entry.source.kind !== 'linked'
      ? []
      : [{ entry, build, depends }]
  })
}

/** The files that a build with BUILD_DEPENDS_REBUILD leaves beside its modules. */
function recordedDepends({ dir }: Build): ReadonlyMap<string, string> {
  const files = readdirSync(dir).filter((name) => name.startsWith('.dep_'))
  return new Map(files.map((file) => [file.slice('.dep_'.length), readFileSync(`${dir}/${file}`, 'utf8').trim()]))
}

function isOutdated({ roots }: InstallRequest, kernel: Kernel, depends: ReadonlyMap<string, string>): boolean {
  return [...depends].some(([name, version]) => {
    const newest = builtVersions(roots, name, kernel).at(-1)
    return newest !== undefined && newest !== version
  })
}

async function rebuild(
  request: InstallRequest,
  kernel: Kernel,
  { entry, build }: Dependant,
  installBuilt: InstallBuilt,
): Promise<void> {
  const { report } = request
  const about = `${formatPackage(entry.id)} for kernel ${formatKernel(kernel)}`
  report({ kind: 'note', message: `${about} is built again, for what it depends on has changed` })
  // Its own conf and source decide, not what was given for the package that was asked for.
  const { confFile: _conf, ...rest } = request
  const own: InstallRequest = { ...rest, package: entry.id, kernels: [kernel], directives: [], force: true }
  const error = (await buildAgain(own)) ?? (build.installed ? await installAgain(own, kernel, installBuilt) : undefined)
  if (error === undefined) return
  report({ kind: 'warning', code: error.code, message: `${about} could not be renewed: ${error.message}` })
}

async function buildAgain(request: InstallRequest): Promise<FactoryError | undefined> {
  return firstFailure(await buildPackage(request))
}

async function installAgain(
  request: InstallRequest,
  kernel: Kernel,
  installBuilt: InstallBuilt,
): Promise<FactoryError | undefined> {
  try {
    const outcome = await installBuilt(request, kernel)
    return 'error' in outcome ? outcome.error : undefined
  } catch (error) {
    if (isFactoryError(error)) return error
    throw error
  }
}
