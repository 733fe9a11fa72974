/** mkrpm: from a plan to RPM packages, without rpmbuild. */
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates, type StockTemplates } from '../../templates/stock.ts'
import type { PackagePlan } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import { writeBinaries } from '../tarball/binaries.ts'
import { describeDkmsPackage, describeSourcePackage } from './describe.ts'
import type { BinariesTarball } from './entries.ts'
import type { RpmBinaryDescription, RpmDescription } from './format/description.ts'
import { rpmFileName } from './format/description.ts'
import { type RpmWriteOptions, refuseProblems, writeRpm } from './format/write.ts'
import { describeKernelPackages } from './kernel-packages.ts'
import type { MadeRpm, RpmRequest, RpmResult } from './model.ts'
import { sourceEntry, sourceFileName, specEntry, writeSourceTar } from './source-package.ts'
import { renderSpec } from './spec.ts'
import { placesOf, type RpmSubject, rpmSubject } from './subject.ts'

/**
 * Equal input gives equal bytes, on any host and for any user. Packages that were made when another fails stay.
 *
 * @throws {FactoryError} PACKAGE_REFUSED, DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, PACKAGE_KEY_UNUSABLE,
 *   PACKAGE_SIGNING_FAILED, TOOL_MISSING, and what making the tarball of built modules throws
 */
export async function makeRpms(request: RpmRequest): Promise<RpmResult> {
  refuseLateTime(request.plan)
  const subject = rpmSubject(request.plan, request.profile)
  for (const message of subject.notes) request.report({ kind: 'note', message })
  const templates = await openTemplates('rpm/')
  if (!request.dryRun) prepareOutput(request.output)
  const packages = [
    ...(bringsDkmsPackage(subject) ? await makeDkmsPackage(request, subject, templates) : []),
    ...(await makeKernelPackages(request, subject, templates)),
  ]
  return { module: subject.dkms.name, moduleVersion: subject.dkms.version, packages }
}

/** All times of RPM are numbers of 32 bits, and each changelog entry is at noon of its day. */
const latestTime = Math.floor(2 ** 32 / 86_400) * 86_400 - 1

function refuseLateTime({ clampTime, source }: PackagePlan): void {
  if (clampTime <= latestTime) return
  throw new FactoryError(
    'PACKAGE_REFUSED',
    `the packages of ${source.directory} would be of the year ${yearOf(clampTime)}, and the time of RPM ends in 2106`,
    { hint: 'correct the time of the newest file (touch), or set SOURCE_DATE_EPOCH' },
  )
}

function yearOf(time: number): number {
  return new Date(time * 1000).getUTCFullYear()
}

/** Built modules alone, in packages of their own, need no package that registers a source. */
function bringsDkmsPackage({ plan, profile }: RpmSubject): boolean {
  return profile.binaries === 'tarball' || plan.content !== 'binaries-only'
}

async function makeDkmsPackage(
  request: RpmRequest,
  subject: RpmSubject,
  templates: StockTemplates,
): Promise<readonly MadeRpm[]> {
  if (request.dryRun) {
    const binary = describeDkmsPackage(templates, subject, undefined)
    refuseProblems(binary)
    return [planned(request, describeSourcePackage(subject, [], [binary.arch])), planned(request, binary)]
  }
  using scratch = temporaryDirectory(request.roots.tmp, 'dkms-factory-rpm-')
  const carriesBinaries = subject.profile.binaries === 'tarball' && subject.plan.builds.length > 0
  const tarball = carriesBinaries ? await writeBinaries(request, scratch.path) : undefined
  const binary = describeDkmsPackage(templates, subject, tarball)
  // Both at once: while one file is read, the payload of the other package is compressed.
  const source = makeSourcePackage({ request, subject, templates, scratch: scratch.path, tarball }, binary)
  const dkms = writeNamed(request, binary, { sourcePackageId: async () => (await source).packageId })
  await Promise.allSettled([source, dkms])
  return [(await source).made, (await dkms).made]
}

interface SourcePackageParts {
  readonly request: RpmRequest
  readonly subject: RpmSubject
  readonly templates: StockTemplates
  readonly scratch: AbsolutePath
  readonly tarball: BinariesTarball | undefined
}

async function makeSourcePackage(
  { request, subject, templates, scratch, tarball }: SourcePackageParts,
  binary: RpmBinaryDescription,
): Promise<{ made: MadeRpm; packageId: string }> {
  const tarballName = placesOf(subject).tarball.replace(/^.*\//, '')
  const spec = renderSpec(templates, subject, binary, {
    source: sourceFileName(subject),
    binaries: tarball === undefined ? undefined : tarballName,
  })
  const entries = [
    specEntry(subject, `${subject.name}.spec`, spec),
    await writeSourceTar(subject, scratch),
    ...(tarball === undefined ? [] : [sourceEntry(subject, tarballName, tarball)]),
  ]
  return await writeNamed(request, describeSourcePackage(subject, entries, [binary.arch]))
}

async function makeKernelPackages(
  request: RpmRequest,
  subject: RpmSubject,
  templates: StockTemplates,
): Promise<readonly MadeRpm[]> {
  if (subject.profile.binaries === 'tarball') return []
  const made: MadeRpm[] = []
  for (const description of describeKernelPackages(templates, subject)) {
    if (request.dryRun) refuseProblems(description)
    made.push(request.dryRun ? planned(request, description) : await write(request, description))
  }
  return made
}

async function write(request: RpmRequest, description: RpmDescription): Promise<MadeRpm> {
  return (await writeNamed(request, description)).made
}

async function writeNamed(
  request: RpmRequest,
  description: RpmDescription,
  options: Pick<RpmWriteOptions, 'sourcePackageId'> = {},
): Promise<{ made: MadeRpm; packageId: string }> {
  const { compression, signer } = request
  const made = planned(request, description)
  const { bytes, packageId } = await writeRpm(description, made.path, {
    ...options,
    compression,
    ...(signer === undefined ? {} : { signer }),
  })
  return { made: { ...made, bytes }, packageId }
}

function planned({ output }: RpmRequest, description: RpmDescription): MadeRpm {
  const { kind, name, version, release, arch } = description
  return { path: below(output, rpmFileName(description)), kind, name, version, release, arch }
}
