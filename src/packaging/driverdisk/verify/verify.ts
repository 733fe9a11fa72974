/** Judges a driver disk as the installers would, and names everything they would pass over in silence. */
import { openImage } from '../../../archive/image/read.ts'
import type { AbsolutePath } from '../../../domain.ts'
import { temporaryDirectory } from '../../../system/fs.ts'
import type { PackageReader } from '../package-facts.ts'
import { judgeForAnaconda, looksLikeAnacondaDisk } from './anaconda.ts'
import { debsFor, judgeForDebian } from './debian.ts'
import { type Disk, readDisk } from './disk.ts'
import { judgeForLoader, looksLikeLoaderDisk } from './loader.ts'
import { judgeModules, type KernelSymbols } from './modules.ts'
import { type InstallerRelease, knownReleases } from './releases.ts'
import { type Problem, type Rule, type RuleCode, rules } from './rules.ts'
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
  readonly tmp: AbsolutePath
  readonly reader: PackageReader
}

export interface VerifyResult {
  /** What the disk was judged for. */
  readonly releases: readonly string[]
  readonly findings: readonly Finding[]
  /** No finding is an error. */
  readonly isAccepted: boolean
}

/** @throws {FactoryError} ARCHIVE_MISSING; ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE; TOOL_MISSING; FILE_ACCESS */
export async function verifyImage(request: VerifyRequest): Promise<VerifyResult> {
  using image = await openImage(request.path, request.tmp)
  using work = temporaryDirectory(request.tmp, 'dkms-verify-')
  return judgeDisk(await readDisk(image, request.reader, work.path), request)
}

/** The same for a disk that was read. */
export function judgeDisk(
  disk: Disk,
  { releases, kernels = [], symbols = new Map() }: Pick<VerifyRequest, 'releases' | 'kernels' | 'symbols'>,
): VerifyResult {
  const fitting = knownReleases().filter((release) => hasSomethingFor(disk, release))
  const judged = releases ?? fitting
  const found = new Map<string, Finding>()
  for (const release of judged) {
    const problems = hasSomethingFor(disk, release) ? judgeFor(disk, release, kernels) : [nothingFor(release)]
    for (const problem of problems) note(found, problem, release.release)
  }
  const general = [...judgeMedium(disk), ...judgeModules(disk, symbols)]
  if (fitting.length === 0 && releases === undefined) general.push({ code: 'nothing-found' })
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
      return looksLikeLoaderDisk(disk)
    case 'linuxrc':
    case 'agama':
      return looksLikeSuseDisk(disk) && hasUpdateFor(disk, release.tags)
    case 'casper':
    case 'hw-detect':
      return debsFor(disk, release.consumer).length > 0
  }
}

/** A disk without any update that could be found is judged for all, to say why. */
function hasUpdateFor(disk: Disk, tags: readonly string[]): boolean {
  const updates = suseUpdates(disk)
  return updates.length === 0 || updates.some(({ tag }) => tags.includes(tag)) || !updates.some(isForKnownRelease)
}

function isForKnownRelease({ tag }: { readonly tag: string }): boolean {
  return knownReleases().some((release) => 'tags' in release && release.tags.includes(tag))
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
