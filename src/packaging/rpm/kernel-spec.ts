/**
 * Packages with the modules of one kernel, from a spec file of the user's own, with the macros and the source archive
 * that mkdriverdisk of DKMS 2.2 to 2.8.7 gave such spec files (DKMS 2.2 man page, "mkdriverdisk", and its template).
 *
 * DKMS prepared the source for the first kernel only, and let the packages of several kernels overwrite each other. Here
 * each kernel has a source and a _topdir of its own.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeTar } from '../../archive/tar-write.ts'
import { type AbsolutePath, below, formatKernel, formatPackage, type Kernel, type Roots } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { archNames } from '../../kernel/arch.ts'
import { fileError, removeIfPossible, systemErrorCode, temporaryDirectory } from '../../system/fs.ts'
import { treePaths } from '../../tree/layout.ts'
import { noteStagingPlace } from '../../tree/staging.ts'
import { rpmVersion } from '../../version/names.ts'
import type { PackagePlan } from '../plan/model.ts'
import { belowTop, type PrepareSource, preparedEntries } from '../plan/prepared-source.ts'
import { findSpec, type SpecSearch } from '../plan/user-spec.ts'
import { signRpm } from './format/resign.ts'
import type { HeaderSigner } from './format/sign.ts'
import { type Macro, makeTopdir, rpmbuild } from './rpmbuild.ts'

export interface KernelSpecRequest {
  readonly plan: Pick<PackagePlan, 'package' | 'source' | 'clampTime'>
  readonly roots: Roots
  /** The spec file, as {@link findKernelSpec} found it. */
  readonly spec: string
  readonly prepare: PrepareSource
  readonly signer?: HeaderSigner | undefined
  /** See knowsHostPackages of rpmbuild.ts. */
  readonly checksRequires: boolean
}

/**
 * `--spec FILE`, below the source or absolute, else DKMS's own template where it has been left in /etc/dkms.
 *
 * @throws {FactoryError} SPEC_MISSING when the file of --spec does not exist
 */
export function findKernelSpec(search: Pick<SpecSearch, 'module' | 'source' | 'etc' | 'spec'>): string | undefined {
  return findSpec({ ...search, verb: 'redhat-kmod' })
}

/**
 * @param output an existing directory
 * @returns the packages in `output`: at least one, and none with debugging files
 * @throws {FactoryError} what preparing the source throws; TOOL_MISSING when rpmbuild is not installed;
 *   PACKAGE_BUILD_FAILED; FILE_ACCESS, DISK_FULL; PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED
 */
export async function buildForKernel(
  request: KernelSpecRequest,
  kernel: Kernel,
  output: AbsolutePath,
): Promise<readonly AbsolutePath[]> {
  const { plan, spec, checksRequires } = request
  using place = buildPlace(request, kernel)
  makeTopdir(place.path, spec, specName)
  await putSource(request, kernel, place.path)
  const made = await rpmbuild({
    top: place.path,
    specName,
    mode: '-bb',
    target: archNames(kernel.arch).rpm,
    macros: [...kernelSpecMacros(plan.package.name, macroVersion(plan.package.version), kernel), ...quietMacros],
    environment: { SOURCE_DATE_EPOCH: String(plan.clampTime) },
    package: plan.package,
    hint: `correct ${spec}, or do without it: mkdriverdisk needs no spec file`,
    checksRequires,
  })
  const kept = made.filter((path) => !isForDebugging(path))
  if (kept.length === 0) throw nothingMade(request, kernel)
  const packages: AbsolutePath[] = []
  for (const path of kept) packages.push(await takeOver(path, output, request.signer))
  return packages
}

const specName = 'dkms_mkkmod.spec'

/** Names and forms are those of DKMS 2.2 to 2.8.7: spec files in the field use them. */
export function kernelSpecMacros(name: string, version: string, { release }: Kernel): readonly Macro[] {
  return [
    ['version', version],
    ['module_name', name],
    ['kernel_version', release],
  ]
}

/**
 * Modules stay as they were built, because stripping one destroys its signature; what installers can read; and equal
 * packages from equal sources (rpm's documentation of reproducible builds; `build_mtime_policy` since rpm 4.20).
 */
export const quietMacros: readonly Macro[] = [
  ['__os_install_post', '%{nil}'],
  ['debug_package', '%{nil}'],
  ['_build_id_links', 'none'],
  ['_binary_payload', 'w9.gzdio'],
  ['_buildhost', 'reproducible'],
  ['use_source_date_epoch_as_buildtime', '1'],
  ['clamp_mtime_to_source_date_epoch', '1'],
  ['build_mtime_policy', 'clamp_to_source_date_epoch'],
]

/** As it is where rpm takes it. With DKMS a version with a `-` in it could not be built. */
export function macroVersion(version: string): string {
  if (/^[A-Za-z0-9._+~^]+$/.test(version)) return version
  const mapping = rpmVersion(version)
  return mapping.kind === 'mapped' ? mapping.value : version
}

/** M-V.tar.bz2 with the prepared source; under the version that the spec file is told, too, when that is another. */
async function putSource({ plan, prepare }: KernelSpecRequest, kernel: Kernel, top: AbsolutePath): Promise<void> {
  const { name, version } = plan.package
  const source = below(top, 'SOURCES', 'prepared')
  const entries = await preparedEntries({ source: plan.source, prepare, kernel }, source)
  for (const stem of new Set([`${name}-${version}`, `${name}-${macroVersion(version)}`])) {
    const options = { compression: 'bzip2', mtime: plan.clampTime, digest: false } as const
    await writeTar(belowTop(stem, entries), join(top, 'SOURCES', `${stem}.tar.bz2`), options)
  }
  rmSync(source, { recursive: true, force: true })
}

type Place = Disposable & { readonly path: AbsolutePath }

/**
 * Where the package builds work, and like theirs always the same: the path may become part of a module (__FILE__), and
 * equal source is to give equal packages. A tree that cannot be written is no reason not to build.
 */
function buildPlace({ roots, plan }: KernelSpecRequest, kernel: Kernel): Place {
  const path = treePaths(roots).privateBuildDir(plan.package, kernel)
  try {
    noteStagingPlace(roots, path)
    rmSync(path, { recursive: true, force: true })
    mkdirSync(path, { recursive: true })
    return { path, [Symbol.dispose]: () => removeIfPossible(path) }
  } catch (error) {
    if (!isFactoryError(error) && systemErrorCode(error) === undefined) throw error
    return temporaryDirectory(roots.tmp, 'dkms-factory-rpmbuild-')
  }
}

/** Of no use to an installer, and large: anaconda would unpack the files into memory. */
function isForDebugging(path: string): boolean {
  return /-debug(?:info|source)-[^-]+-[^-]+$/.test(basename(path))
}

function nothingMade({ plan, spec }: KernelSpecRequest, kernel: Kernel): FactoryError {
  return new FactoryError(
    'PACKAGE_BUILD_FAILED',
    `${spec} makes no package of ${formatPackage(plan.package)} for kernel ${formatKernel(kernel)}`,
    { hint: 'a spec file makes a package of each %package that has a %files section' },
  )
}

async function takeOver(
  path: AbsolutePath,
  output: AbsolutePath,
  signer: HeaderSigner | undefined,
): Promise<AbsolutePath> {
  const destination = below(output, basename(path))
  if (signer !== undefined) await signRpm(path, signer, destination)
  else copy(path, destination)
  return destination
}

function copy(from: AbsolutePath, to: AbsolutePath): void {
  try {
    cpSync(from, to)
  } catch (error) {
    throw fileError(error, 'write', to)
  }
}
