/** Judges a driver disk as the installers would, and names everything they would pass over in silence. */
import { openImage } from '../../../archive/image/read.ts'
import type { AbsolutePath } from '../../../domain.ts'
import { temporaryDirectory } from '../../../system/fs.ts'
import { type DiskSignature, openDisk } from '../open-disk.ts'
import type { PackageReader } from '../package-facts.ts'
import { judgeForAnaconda, looksLikeAnacondaDisk } from './anaconda.ts'
import { debsFor, judgeForDebian } from './debian.ts'
import { type Disk, readDisk } from './disk.ts'
import { judgeForLoader, looksLikeLoaderDisk } from './loader.ts'
import { judgeModules, type KernelSymbols } from './modules.ts'
import { judgeMount } from './mount.ts'
import { type InstallerRelease, knownReleases, type SuseRelease } from './releases.ts'
import { type Problem, type Rule, type RuleCode, rules } from './rules.ts'
import { judgeSignature, judgeSignatureFor } from './signature.ts'
import { judgeForSuse, looksLikeSuseDisk, suseUpdates } from './suse.ts'

export interface Finding extends Rule {
  readonly code: RuleCode
  readonly path?: string
  readonly detail?: string
  /** Those it counts for; none: all. */
  readonly releases: readonly string[]
}

export interface VerifyRequest {
  readonly path: AbsolutePath
  /** Of releases.ts; none: every release the disk has something for. */
  readonly releases?: readonly InstallerRelease[]
  /** `uname -r` of installers that are to be offered something. */
  readonly kernels?: readonly string[]
  readonly symbols?: KernelSymbols
  /** Files of OpenPGP public keys; with them, the disk has to be signed by one of them. */
  readonly keyFiles?: readonly string[]
  readonly tmp: AbsolutePath
  readonly reader: PackageReader
}

export interface VerifyResult {
  /** What the disk was judged for. */
  readonly releases: readonly string[]
  readonly findings: readonly Finding[]
  /** No finding is an error. */
  readonly isAccepted: boolean
  /** Of the disk itself. */
  readonly signature: DiskSignature
  /** Those of the releases that ask for one, in their secure mode, when they load the disk as a file. */
  readonly signatureAskedBy: readonly string[]
}

type Judgement = Omit<VerifyResult, 'signature' | 'signatureAskedBy'>

/** @throws {FactoryError} ARCHIVE_MISSING; ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE; TOOL_MISSING; FILE_ACCESS; PACKAGE_KEY_UNUSABLE */
export async function verifyImage(request: VerifyRequest): Promise<VerifyResult> {
  using image = await openDisk(request.path, request)
  const { signature } = image
  using work = temporaryDirectory(request.tmp, 'dkms-verify-')
  const disk = await readDisk(image, request.reader, work.path)
  const inner = looksLikeAnacondaDisk(disk) ? [] : innerImages(disk)
  const results = await Promise.all(inner.map(({ name, copy }) => verifyInner(request, name, copy)))
  const served = results.flatMap(({ releases }) => releases)
  const judgement = merged(judgeDisk(disk, { ...request, signature }, served), results)
  return { ...judgement, signature, signatureAskedBy: judgement.releases.filter(asksForSignature(request.releases)) }
}

function asksForSignature(releases: readonly InstallerRelease[] = knownReleases()): (release: string) => boolean {
  return (name) => releases.some(({ release, consumer }) => release === name && consumer === 'linuxrc')
}

/** anaconda looks into ISO images that lie at the top of a stick (dd-list's driver-updates script). */
function innerImages({ nodes }: Disk): { name: string; copy: AbsolutePath }[] {
  return [...nodes].flatMap(([name, node]) =>
    node.kind === 'file' && /^[^/]+\.iso$/i.test(name) ? [{ name, copy: node.copy }] : [],
  )
}

async function verifyInner(request: VerifyRequest, name: string, path: AbsolutePath): Promise<Judgement> {
  using image = await openImage(path, request.tmp)
  using work = temporaryDirectory(request.tmp, 'dkms-verify-')
  const read = await readDisk(image, request.reader, work.path)
  // Its own label and name are nothing to anyone.
  const disk: Disk = { ...read, container: { kind: 'directory', compression: 'none' } }
  const releases = (request.releases ?? knownReleases()).filter(({ consumer }) => consumer === 'anaconda')
  if (!looksLikeAnacondaDisk(disk)) return { releases: [], findings: [], isAccepted: true }
  const result = judgeDisk(disk, { ...request, keyFiles: [], releases, signature: { form: 'none' } })
  return {
    ...result,
    findings: result.findings.map((finding) => ({ ...finding, path: `${name}:${finding.path ?? ''}` })),
  }
}

function merged(outer: Judgement, inner: readonly Judgement[]): Judgement {
  const all = [outer, ...inner]
  return {
    releases: [...new Set(all.flatMap(({ releases }) => releases))],
    findings: all.flatMap(({ findings }) => findings),
    isAccepted: all.every(({ isAccepted }) => isAccepted),
  }
}

type JudgeRequest = Pick<VerifyRequest, 'releases' | 'kernels' | 'symbols' | 'keyFiles'> &
  Pick<VerifyResult, 'signature'>

/**
 * The same for a disk that was read.
 *
 * @param served releases that an image on the disk has something for
 */
function judgeDisk(
  disk: Disk,
  { releases, kernels = [], symbols = new Map(), keyFiles = [], signature }: JudgeRequest,
  served: readonly string[] = [],
): Judgement {
  const fitting = knownReleases().filter((release) => hasSomethingFor(disk, release))
  const judged = releases ?? fitting
  const found = new Map<string, Finding>()
  for (const release of judged) {
    if (served.includes(release.release)) continue
    const problems = hasSomethingFor(disk, release)
      ? [
          ...judgeSignatureFor(release, signature, disk.container),
          ...judgeMount(release, disk.container),
          ...judgeFor(disk, release, kernels),
        ]
      : [nothingFor(release)]
    for (const problem of problems) note(found, problem, release.release)
  }
  const general = [
    ...judgeSignature(signature, keyFiles.length > 0),
    ...judgeMedium(disk),
    ...judgeModules(disk, symbols),
  ]
  if (fitting.length === 0 && served.length === 0 && releases === undefined) general.push({ code: 'nothing-found' })
  for (const problem of general) note(found, problem)
  const findings = [...found.values()]
  return {
    releases: judged.map(({ release }) => release),
    findings,
    isAccepted: findings.every(({ severity }) => severity !== 'error'),
  }
}

function nothingFor({ release }: InstallerRelease): Problem {
  return { code: 'not-for-release', detail: release }
}

function hasSomethingFor(disk: Disk, release: InstallerRelease): boolean {
  switch (release.consumer) {
    case 'anaconda':
      return looksLikeAnacondaDisk(disk)
    case 'loader':
      return looksLikeLoaderDisk(disk, release)
    case 'linuxrc':
    case 'agama':
      return looksLikeSuseDisk(disk) && hasUpdateFor(disk, release)
    case 'casper':
    case 'hw-detect':
      return debsFor(disk, release).length > 0
  }
}

/** A disk without any update that could be found is judged for all, to say why. */
function hasUpdateFor(disk: Disk, release: SuseRelease): boolean {
  const updates = suseUpdates(disk)
  return updates.length === 0 || updates.some(({ tag }) => release.takes(tag))
}

function judgeFor(disk: Disk, release: InstallerRelease, kernels: readonly string[]): Problem[] {
  switch (release.consumer) {
    case 'anaconda':
      return judgeForAnaconda(disk, release, kernels)
    case 'loader':
      return judgeForLoader(disk, release)
    case 'linuxrc':
    case 'agama':
      return judgeForSuse(disk, release)
    case 'casper':
    case 'hw-detect':
      return judgeForDebian(disk, release)
  }
}

function judgeMedium({ container }: Disk): Problem[] {
  const { kind, label, missingBytes } = container
  const isFileSystem = kind === 'iso' || kind === 'fat' || kind === 'ext2'
  return [
    ...(missingBytes === undefined
      ? []
      : [{ code: 'image-truncated', detail: `${missingBytes} bytes are missing` } as const]),
    ...(isFileSystem && label !== 'OEMDRV' ? [{ code: 'label-not-oemdrv', detail: label ?? '' } as const] : []),
  ]
}

/** @param release absent: for all */
function note(found: Map<string, Finding>, { code, path, detail }: Problem, release?: string): void {
  const key = JSON.stringify([code, path, detail])
  const before = found.get(key)
  found.set(key, {
    code,
    ...rules[code],
    ...(path === undefined ? {} : { path }),
    ...(detail === undefined ? {} : { detail }),
    releases: [...(before?.releases ?? []), ...(release === undefined ? [] : [release])],
  })
}
