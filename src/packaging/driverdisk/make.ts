/** Makes driver disks: packages by the rooms that were handed in, a layout, an image. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { type ImageCompression, type ImageEntry, type ImageMedium } from '../../archive/image/model.ts'
import { writeImage } from '../../archive/image/write.ts'
import type { FileContent } from '../../archive/tar-entry.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { stage } from '../../system/stage.ts'
import type { PackagePlan } from '../plan/model.ts'
import { type BootAdvice, bootAdvice, formatsOnDisk } from './boot-arguments.ts'
import { collectKernels } from './collect.ts'
import { layoutDisk } from './layout/layout.ts'
import type { DiskFile, DiskFormat, DiskPlan } from './model.ts'
import { type PackagesRequest, packagesOf } from './packages.ts'
import { settleFiles } from './settle.ts'
import { assertSignable, type DiskSigning, type MadeSignature, suseUpdate, writeSignedImage } from './sign-image.ts'

export interface DriverDiskRequest extends PackagesRequest {
  readonly plan: Pick<PackagePlan, 'package' | 'builds' | 'source' | 'clampTime'>
  /** At least one; several share one root. */
  readonly formats: readonly DiskFormat[]
  readonly medium: ImageMedium
  /** By default OEMDRV, which installers look for. */
  readonly label?: string
  /** KiB, or as small as possible; by default 1440 for a floppy. */
  readonly size?: number | 'auto'
  /** Of tar and cpio. */
  readonly compression?: ImageCompression
  /** See {@link DiskPlan}. */
  readonly release?: string
  readonly suseTags?: readonly string[]
  readonly suseNumber?: number
  readonly injection?: DiskPlan['injection']
  readonly destination: AbsolutePath
  /** Writes what is to be appended to the installer's initrd, too. */
  readonly initrd?: AbsolutePath
  /** Signs the disk, where an installer looks for that. Packages are signed by who writes them. */
  readonly signing?: DiskSigning
  readonly tmp: AbsolutePath
}

export interface DriverDiskResult {
  readonly path: AbsolutePath
  readonly bytes: number
  readonly sha256: string
  /** Paths on the disk, sorted. */
  readonly files: readonly string[]
  readonly packages: readonly string[]
  readonly boot: readonly BootAdvice[]
  readonly initrd?: { readonly path: AbsolutePath; readonly bytes: number }
  /** Of the disk itself; absent when it is not signed. */
  readonly signature?: MadeSignature
}

/**
 * @throws {FactoryError} DISK_REFUSED when the formats need what is not there; IMAGE_FULL; IMAGE_REFUSED; TOOL_MISSING;
 *   FILE_ACCESS; PACKAGE_KEY_UNUSABLE; PACKAGE_SIGNING_FAILED; what the handed-in rooms throw
 */
export async function makeDriverDisk(request: DriverDiskRequest): Promise<DriverDiskResult> {
  assertSignable(request.signing, request)
  using work = temporaryDirectory(request.tmp, 'dkms-disk-')
  const plan = await planDisk(request, work.path)
  const files = await stage('layout and repodata', () => layoutDisk(request.formats, plan, request.render))
  assertPlaced(request, files)
  const content = below(work.path, 'content')
  mkdirSync(content)
  const entries = await stage('archives', () => settleFiles(files, plan.time, content))
  if (request.initrd !== undefined) assertForInitrd(entries, request.formats)
  const written = await writeSignedImage(imageRequest(request, entries), request.signing)
  const initrd = request.initrd === undefined ? undefined : await writeInitrd(request, entries, request.initrd)
  const paths = files.map(({ path }) => path)
  const formats = formatsOnDisk(request.formats, paths)
  tellUnserved(request, formats)
  return {
    path: request.destination,
    ...written,
    files: paths,
    packages: plan.packages.map(({ fileName }) => fileName),
    boot: bootAdvice({
      formats,
      medium: request.medium,
      label: request.label ?? defaultLabel,
      fileName: basename(request.destination),
      hasSignatureBeside: written.signature?.form === 'detached',
      ...(initrd === undefined ? {} : { initrd: basename(initrd.path) }),
    }),
    ...(initrd === undefined ? {} : { initrd }),
  }
}

/** A universal disk has what it can: whoever names a product is told that there is nothing for it. */
function tellUnserved(
  { suseTags = [], injection = [], report }: DriverDiskRequest,
  formats: readonly DiskFormat[],
): void {
  const named = [
    ...(formats.includes('dud') ? [] : suseTags),
    ...(formats.includes('debian') ? [] : injection.map(({ distributor, codename }) => `${distributor}/${codename}`)),
  ]
  if (named.length === 0) return
  report({
    kind: 'warning',
    message: `there is nothing on the disk for ${named.join(', ')}`,
    hint: 'name a kernel of that distribution with -k, or ask for the format by its name, such as --format dud',
  })
}

export const defaultLabel = 'OEMDRV'

function imageRequest(request: DriverDiskRequest, entries: readonly ImageEntry[]) {
  const { medium, label = defaultLabel, size, compression, destination, tmp, plan } = request
  const { name, version } = plan.package
  return {
    medium,
    label,
    destination,
    tmp,
    entries,
    time: plan.clampTime,
    application: `${name} ${version}`,
    ...(size === undefined ? {} : { size }),
    ...(compression === undefined ? {} : { compression }),
  }
}

/**
 * What the kernel unpacks over the initrd when it is appended: for SUSE's installers the update itself, for anaconda an
 * image of the disk, taken with inst.dd=file:/dd.iso (dracut's documentation of rd.driver.post and inst.dd).
 */
async function writeInitrd(
  request: DriverDiskRequest,
  entries: readonly ImageEntry[],
  destination: AbsolutePath,
): Promise<{ path: AbsolutePath; bytes: number }> {
  using work = temporaryDirectory(request.tmp, 'dkms-initrd-')
  const common = imageRequest(request, entries)
  const inside = entries.filter(({ path }) => suseUpdate.test(path))
  if (entries.some(isForAnaconda)) {
    const from = below(work.path, 'dd.iso')
    const { bytes } = await writeImage({ ...common, medium: 'iso', destination: from })
    inside.push({ kind: 'file', path: 'dd.iso', executable: false, content: { from, bytes } })
  }
  const { bytes } = await writeImage({ ...common, medium: 'cpio', compression: 'gzip', destination, entries: inside })
  return { path: destination, bytes }
}

/** What was asked for by name has to be on the disk. */
function assertPlaced({ packages = [], formats }: DriverDiskRequest, files: readonly DiskFile[]): void {
  const names = new Set(files.map(({ path }) => basename(path)))
  const missing = packages.find((path) => !names.has(basename(path)))
  if (missing === undefined) return
  throw new FactoryError('DISK_REFUSED', `a ${formats.join(' and ')} disk has no place for ${missing}`, {
    hint: 'redhat3 and dud take .rpm files for the architectures of the kernels, ubuntu and debian take .deb files',
  })
}

function isForAnaconda({ path }: ImageEntry): boolean {
  return path === 'rhdd3'
}

/** Before anything is written. */
function assertForInitrd(entries: readonly ImageEntry[], formats: readonly DiskFormat[]): void {
  if (entries.some((entry) => isForAnaconda(entry) || suseUpdate.test(entry.path))) return
  throw new FactoryError('DISK_REFUSED', `no installer takes a ${formats.join(' or ')} disk from its initrd`, {
    hint: 'leave out --initrd, or make a redhat3 or dud disk',
  })
}

async function planDisk(request: DriverDiskRequest, work: AbsolutePath): Promise<DiskPlan> {
  const kernels = await stage('modules', () => collectKernels(request.plan.builds, work))
  const { release, suseNumber } = request
  return {
    package: request.plan.package,
    summary: request.texts.summary,
    kernels,
    packages: await packagesOf(request, kernels, work),
    vendorFiles: vendorFiles(request.plan.source.directory),
    suseTags: request.suseTags ?? [],
    injection: request.injection ?? [],
    time: request.plan.clampTime,
    ...(release === undefined ? {} : { release }),
    ...(suseNumber === undefined ? {} : { suseNumber }),
  }
}

/** Files of redhat_driver_disk/ in the source, by name. */
function vendorFiles(source: AbsolutePath): ReadonlyMap<string, FileContent> {
  const directory = below(source, 'redhat_driver_disk')
  if (!existsSync(directory)) return new Map()
  return new Map(
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => {
        const from = below(directory, name)
        return [name, { from, bytes: statSync(from).size }]
      }),
  )
}
