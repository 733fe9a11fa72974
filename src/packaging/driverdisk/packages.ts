/** The packages of a disk: those that are given, and those that are made, one or more for each kernel. */
import { mkdirSync, readFileSync } from 'node:fs'
import { type AbsolutePath, below, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import { stage } from '../../system/stage.ts'
import { debVersion, rpmVersion } from '../../version/names.ts'
import { versionNotes } from '../metadata/names.ts'
import { collectPackage } from './collect.ts'
import { type DiskTexts, describeDeb, describeRpm } from './describe-packages.ts'
import { type KernelFamily, mayBeOf } from './kernel-family.ts'
import { releaseOf } from './layout/dud.ts'
import type { RenderTemplate } from './layout/scripts.ts'
import type { DiskFormat, DiskKernel, DiskPackage, DiskPlan } from './model.ts'
import type { PackageReader, PackageRoom } from './package-facts.ts'

export interface PackagesRequest {
  readonly plan: Pick<DiskPlan, 'package'> & { readonly clampTime: number }
  readonly texts: DiskTexts & { readonly summary: string }
  readonly formats: readonly DiskFormat[]
  /** Packages to put on the disk as they are. With RPMs given, none is made; with debs given, none of those. */
  readonly packages?: readonly AbsolutePath[]
  /**
   * Makes the RPMs of a kernel in an existing directory, in place of ours: those of a spec file of the user. They are put
   * on the disk beside RPMs that are given.
   */
  readonly buildRpms?: (kernel: Kernel, directory: AbsolutePath) => Promise<readonly AbsolutePath[]>
  readonly rooms: PackageRoom & PackageReader
  readonly render: RenderTemplate
  readonly report: Report
}

const rpmFormats: ReadonlySet<DiskFormat> = new Set(['redhat3', 'dud', 'universal'])
const debFormats: ReadonlySet<DiskFormat> = new Set(['ubuntu', 'debian', 'universal'])

export function holdsRpms(formats: readonly DiskFormat[]): boolean {
  return formats.some((format) => rpmFormats.has(format))
}

/** A package, and the kernel that it was made for. */
interface Origin {
  readonly one: DiskPackage
  readonly kernel?: Kernel
}

/**
 * @param work an existing directory
 * @throws {FactoryError} DISK_REFUSED for two packages of one name, and for what is no binary package; what the
 *   handed-in rooms throw
 */
export async function packagesOf(
  request: PackagesRequest,
  kernels: readonly DiskKernel[],
  work: AbsolutePath,
): Promise<DiskPackage[]> {
  const found: Origin[] = []
  for (const path of request.packages ?? []) found.push({ one: await readPackage(path, request) })
  const given = new Set(found.map(({ one }) => one.kind))
  const makesRpms = holdsRpms(request.formats) && (request.buildRpms !== undefined || !given.has('rpm'))
  const makesDebs = request.formats.some((format) => debFormats.has(format)) && !given.has('deb')
  for (const [index, one] of kernels.entries()) {
    const { kernel } = one
    // Of a universal disk only: a format that is asked for by name gets every kernel.
    const isSkipped = (family: KernelFamily) =>
      request.formats.includes('universal') && !mayBeOf(kernel.release, family)
    if (makesRpms && !(isSkipped('redhat') && isSkipped('suse'))) {
      const paths = await stage('rpms', () => makeRpms(request, one, below(work, `rpms-${index}`)))
      for (const path of paths) found.push({ kernel, one: await readPackage(path, request) })
    }
    if (makesDebs && !isSkipped('debian')) {
      const path = await stage('debs', () =>
        request.rooms.writeDeb(describeDeb(originOf(request), one, request.render), work),
      )
      found.push({ kernel, one: await readPackage(path, request) })
    }
  }
  if (request.buildRpms !== undefined) tellKernelsWithoutModules(found, request.report)
  tellVersions(found, request)
  const packages = withoutRepeats(found)
  tellEqualNames(packages, request.report)
  return packages
}

/** Of packages that are made here: their version is not always that of dkms.conf. */
function tellVersions(found: readonly Origin[], { plan, buildRpms, report }: PackagesRequest): void {
  const { version } = plan.package
  const made = new Set(found.flatMap(({ one, kernel }) => (kernel === undefined ? [] : one.kind)))
  const notes = [
    ...(made.has('rpm') && buildRpms === undefined ? versionNotes('RPM', version, rpmVersion(version)) : []),
    ...(made.has('deb') ? versionNotes('Debian', version, debVersion(version)) : []),
  ]
  for (const message of notes) report({ kind: 'note', message })
}

function readPackage(path: AbsolutePath, { rooms }: PackagesRequest): Promise<DiskPackage> {
  return stage('packages', () => collectPackage(path, rooms))
}

/** Each kernel has a directory of its own: nothing of one can take the place of another's. */
async function makeRpms(
  request: PackagesRequest,
  one: DiskKernel,
  directory: AbsolutePath,
): Promise<readonly AbsolutePath[]> {
  mkdirSync(directory)
  if (request.buildRpms !== undefined) return await request.buildRpms(one.kernel, directory)
  return [await request.rooms.writeRpm(describeRpm(originOf(request), one, request.render), directory)]
}

function originOf({ plan, texts }: PackagesRequest) {
  return { package: plan.package, summary: texts.summary, texts, time: plan.clampTime }
}

/**
 * What belongs to no kernel may come out of the builds for several, and is one package then. Of others that have one file
 * name only one could be on the disk.
 */
function withoutRepeats(found: readonly Origin[]): DiskPackage[] {
  const byName = new Map<string, Origin>()
  for (const origin of found) {
    const other = byName.get(origin.one.fileName)
    if (other !== undefined && !isCommon(other.one, origin.one)) throw overwritten(other, origin)
    byName.set(origin.one.fileName, other ?? origin)
  }
  return [...byName.values()].map(({ one }) => one)
}

/** Without modules, and the same but for the name of the source package, which differs with the kernel. */
function isCommon(first: DiskPackage, second: DiskPackage): boolean {
  if (first.kind !== 'rpm' || second.kind !== 'rpm' || first.facts.modules.length > 0) return false
  const saying = ({ facts }: typeof first) => JSON.stringify({ ...facts, sourceRpm: '', headerRange: {} })
  const payload = ({ content, facts }: typeof first) => readFileSync(content.from).subarray(facts.headerRange.end)
  return saying(first) === saying(second) && payload(first).equals(payload(second))
}

function overwritten(first: Origin, second: Origin): FactoryError {
  const { fileName } = second.one
  if (first.kernel === undefined || second.kernel === undefined) {
    return new FactoryError('DISK_REFUSED', `two packages of the disk have the file name ${fileName}`, {
      hint: 'give one of them another name',
    })
  }
  return new FactoryError(
    'DISK_REFUSED',
    `the packages for kernels ${first.kernel.release} and ${second.kernel.release} have one file name, ${fileName}`,
    { hint: 'let the spec file put %{kernel_version} into the name or the release of the package' },
  )
}

/** Anaconda installs what it was offered by name, and of two may take the wrong one. */
function tellEqualNames(packages: readonly DiskPackage[], report: Report): void {
  const rpms = packages.filter(({ kind }) => kind === 'rpm')
  for (const [name, own] of Map.groupBy(rpms, ({ facts }) => `${facts.name} (${facts.arch})`)) {
    if (own.length === 1) continue
    report({
      kind: 'warning',
      code: 'same-name-two-kernels',
      message: `${own.length} packages of the disk are called ${name}, and anaconda installs packages by name`,
      hint: 'give the package of each kernel a name of its own, such as one that ends in the release of the kernel',
    })
  }
}

/** Modules for another kernel with the same interface are no mistake, but one that is easily made. */
function tellKernelsWithoutModules(found: readonly Origin[], report: Report): void {
  const made = found.filter(({ one, kernel }) => one.kind === 'rpm' && kernel !== undefined)
  for (const [release, own] of Map.groupBy(made, ({ kernel }) => kernel?.release ?? '')) {
    const hasModule = own.some(({ one }) => one.facts.modules.some(({ path }) => releaseOf(path) === release))
    if (hasModule) continue
    report({
      kind: 'warning',
      message: `no package that the spec file makes for kernel ${release} has a module below /lib/modules/${release}`,
      hint: 'let the spec file build for, and install to, %{kernel_version}',
    })
  }
}
